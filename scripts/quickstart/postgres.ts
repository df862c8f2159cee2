import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNative, type Child, type ChildOptions } from './child.js';
import { freePort } from './ports.js';
import type { PostgresFiles } from './postgres-files.js';
import type { SystemUser } from './postgres-user.js';
import { commandOf, endLeftover } from './processes.js';
import { QuickstartError } from './settings.js';

export interface PostgresOptions {
  readonly files: PostgresFiles;
  readonly user: SystemUser | undefined;
  readonly superuserPassword: string;
  /** `-c` settings over the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly child: ChildOptions;
  /** Deleted once the server has ended, even when we do not live to see it. */
  readonly removeAfter?: string;
}

export interface RunningPostgres {
  readonly child: Child;
  /** The superuser's, on the database `postgres`. */
  readonly url: string;
}

/** Starts PostgreSQL on a free loopback port, its cluster made on the first call. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const data = join(options.files.home, 'data');
  await endPreviousServer(data);
  initialise(options, data);
  const port = await freePort();
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', ...options.settings };
  const child = startNative(
    {
      command: options.files.postgres,
      args: ['-D', data, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
      ...(options.user ? { user: options.user } : {}),
      // A fast shutdown: connections are ended, nothing is lost.
      stopSignal: 'SIGINT',
      ...(options.removeAfter === undefined ? {} : { removeAfter: options.removeAfter }),
    },
    // Its messages are read below, so they must not come translated.
    { ...options.child, env: { ...options.child.env, LC_ALL: 'C' } },
  );
  await child.line((line) => line.includes('database system is ready to accept connections'), 60_000);
  return { child, url: `postgres://postgres:${options.superuserPassword}@127.0.0.1:${port}/postgres` };
}

/** A server left by a killed run is ended; a note of one that is gone is removed, since its number may be anyone's by now. */
async function endPreviousServer(data: string): Promise<void> {
  const note = join(data, 'postmaster.pid');
  if (!existsSync(note)) return;
  const pid = Number(readFileSync(note, 'utf8').split('\n')[0]);
  await endLeftover(pid, data, 'SIGINT');
  if (!commandOf(pid)?.includes(data)) rmSync(note, { force: true });
}

function initialise({ files, user, superuserPassword }: PostgresOptions, data: string): void {
  const finished = join(files.home, 'initialised');
  if (existsSync(finished)) {
    requireSameMajor(files, data);
    return;
  }
  rmSync(data, { recursive: true, force: true });
  const passwordFile = join(files.home, 'password');
  writeFileSync(passwordFile, superuserPassword, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const authentication = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const result = spawnSync(files.initdb, [`--pgdata=${data}`, '--no-sync', ...authentication, ...locale], {
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
    cwd: files.home,
    encoding: 'utf8',
  });
  rmSync(passwordFile, { force: true });
  if (result.status !== 0) {
    throw new Error(`The database could not be made: ${result.error?.message ?? result.stderr}`);
  }
  writeFileSync(finished, '');
}

function requireSameMajor(files: PostgresFiles, data: string): void {
  const made = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  const running = /\d+/.exec(execFileSync(files.postgres, ['--version'], { encoding: 'utf8' }))?.[0];
  if (made === running) return;
  throw new QuickstartError(
    `The data in ${files.home} is of PostgreSQL ${made}; this version brings ${running ?? 'another'}. ` +
      'Delete the folder to start afresh.',
  );
}
