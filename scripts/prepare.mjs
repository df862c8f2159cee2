import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Node's own modules only: this file runs before anything is installed. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const buildStamp = join(root, 'dist', '.sources.sha256');
const bundler = join(root, 'scripts', 'bundle.mjs');
const sourceFolders = ['src', 'test', 'scripts', 'bench', 'clients', 'examples'];

/** Leaves the clone installed from its lock file and built; quick when nothing has changed. Throws `PrepareError`. */
export function prepare(say = console.log) {
  requireNode();
  ensureInstalled(say);
  ensureBuilt(say);
}

/** The same for a script that has nothing to do without it. */
export function prepareOrExit() {
  orExit(() => prepare());
}

/** Installs without building. */
export function installOrExit() {
  orExit(() => {
    requireNode();
    ensureInstalled(console.log);
  });
}

function orExit(work) {
  try {
    work();
  } catch (error) {
    console.error(error instanceof PrepareError ? error.message : error);
    process.exit(1);
  }
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node 20.19 or newer is needed; this is ${process.versions.node}. See https://nodejs.org/en/download`);
}

function ensureInstalled(say) {
  if (installMatchesLock()) return;
  say('Installing the dependencies from package-lock.json: half a minute to some minutes …');
  const startedAt = performance.now();
  const npm = process.env.npm_execpath;
  const ours = npm && basename(npm) === 'npm-cli.js';
  const [command, args] = ours ? [process.execPath, [npm]] : ['npm', []];
  // The production setting would leave the quickstart's own parts out.
  const result = spawnSync(
    command,
    [...args, 'ci', '--include=dev', '--include=optional', '--loglevel=error'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  if (result.status !== 0) fail('The dependencies could not be installed; npm says why above.');
  say(`Installed in ${secondsSince(startedAt)} s.`);
}

/** npm writes its hidden lock file last, so an interrupted install has none, or one that names absent packages. */
function installMatchesLock() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (path === '' || link) return true;
    const found = installed[path];
    if (!found) return optional === true;
    return found.version === version && existsSync(join(root, path, 'package.json'));
  });
}

function ensureBuilt(say) {
  const sources = sourcesHash();
  if (existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === sources) return;
  say('Building …');
  const startedAt = performance.now();
  rmSync(buildStamp, { force: true });
  removeOrphans();
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  for (const step of [[tsc, '-p', root], [bundler]]) {
    const { status } = spawnSync(process.execPath, step, { cwd: root, stdio: 'inherit' });
    if (status !== 0) fail('The build failed; the compiler says why above.');
  }
  mkdirSync(dirname(buildStamp), { recursive: true });
  writeFileSync(buildStamp, sources);
  say(`Built in ${secondsSince(startedAt)} s.`);
}

function sourcesHash() {
  const hash = createHash('sha256');
  const files = sourceFolders.flatMap((folder) => typeScriptIn(join(root, folder)));
  for (const file of [
    ...files.sort(),
    ...['ormconfig.ts', 'tsconfig.json', 'package-lock.json'].map(atRoot),
    bundler,
  ]) {
    if (existsSync(file))
      hash
        .update(`${file.slice(root.length)}\0`)
        .update(readFileSync(file))
        .update('\0');
  }
  return hash.digest('hex');
}

/** What was compiled from a source that is gone would still be run by Jest; tsc never removes it. Bundles are made anew. */
function removeOrphans() {
  for (const folder of sourceFolders) {
    const compiled = join(root, 'dist', folder);
    for (const name of existsSync(compiled) ? readdirSync(compiled, { recursive: true }) : []) {
      const source = join(root, folder, name.replace(/\.js(\.map)?$/, '.ts'));
      if (/\.js(\.map)?$/.test(name) && !existsSync(source)) rmSync(join(compiled, name));
    }
  }
  // tsc would trust its record and not write a missing file again.
  const record = join(root, 'dist', '.tsbuildinfo');
  if (!existsSync(join(root, 'dist', 'src'))) rmSync(record, { force: true });
}

const secondsSince = (startedAt) => ((performance.now() - startedAt) / 1_000).toFixed(1);

const atRoot = (name) => join(root, name);

const typeScriptIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name))
    : [];

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** What the person at the console can put right; told without a stack. */
export class PrepareError extends Error {}

function fail(message) {
  throw new PrepareError(message);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) prepareOrExit();
