import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder `bench` of the sources, with a package and a lock file of its own. */
const folder = fileURLToPath(new URL('../../../bench/', import.meta.url));

/** Installs what the service is compared with, on first use. False, and told, where that cannot be had. */
export function installPeer(say: (message: string) => void): boolean {
  if (isInstalled()) return true;
  say('Installing the peer, better-auth, from bench/package-lock.json into bench/node_modules …');
  const npm = process.env['npm_execpath'];
  const [command, args] = npm && basename(npm) === 'npm-cli.js' ? [process.execPath, [npm]] : ['npm', []];
  const result = spawnSync(command, [...args, 'ci', '--ignore-scripts', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (result.status === 0) return true;
  say('The peer could not be installed; the comparison with it is left out.');
  return false;
}

function isInstalled(): boolean {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  return Object.entries(dependencies).every(([name, version]) => {
    const manifest = join(folder, 'node_modules', name, 'package.json');
    if (!existsSync(manifest)) return false;
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version === version;
  });
}
