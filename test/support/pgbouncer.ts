import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { type Child, startNative } from '../../scripts/quickstart/child.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { onPath } from '../../scripts/quickstart/on-path.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import { postgresUser } from '../../scripts/quickstart/postgres-user.js';
import type { PgBouncer as Mode } from '../../src/environment/pgbouncer.js';
import type { TestDatabase } from './test-database.js';

const PROGRAM = onPath('pgbouncer');

/** `describe` for what needs PgBouncer: skipped, and reported as such, where the PATH has none. */
export const describeOnPgBouncer: typeof describe | typeof describe.skip = PROGRAM ? describe : describe.skip;

/** What can be said of the installed PgBouncer in a URL: it keeps prepared statements since version 1.21. */
export const MODES: readonly Mode[] = keepsStatements() ? ['true', 'prepared'] : ['true'];

/** Fewer than any process would like to have. */
export const SERVER_CONNECTIONS = 3;

const COUNTERS = 'counters';

/** A PgBouncer in transaction mode on loopback, in front of one test database. */
export class PgBouncer {
  private constructor(
    private readonly child: Child,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** Each role shares a few server connections among all its clients. */
  static async start({ name, apiUrl, workerUrl }: TestDatabase): Promise<PgBouncer> {
    const folder = mkdtempSync(join(tmpdir(), 'acs-pgbouncer-'));
    chmodSync(folder, 0o755); // it refuses to run as root, and runs as the user of PostgreSQL then
    const port = await freePort();
    const { hostname, port: serverPort } = new URL(apiUrl);
    const users = [apiUrl, workerUrl].map((url) => {
      const { username, password } = new URL(url);
      return `"${username}" "${password}"\n`;
    });
    writeFileSync(join(folder, 'users.txt'), users.join(''));
    const file = join(folder, 'pgbouncer.ini');
    writeFileSync(
      file,
      `[databases]
${name} = host=${hostname} port=${serverPort}
${COUNTERS} = host=${hostname} port=${serverPort} dbname=${name} pool_size=1
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${folder}/users.txt
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
${keepsStatements() ? 'max_prepared_statements = 200' : ''}
`,
    );
    const user = postgresUser();
    const child = startNative(
      { command: PROGRAM!, args: [file], stopSignal: 'SIGINT', ...(user ? { user } : {}) },
      { name: 'PgBouncer', env: systemEnvironment() },
    );
    await child.line((line) => line.includes('process up'));
    return new PgBouncer(child, folder, port);
  }

  /** The URL by which a process that knows of PgBouncer reaches what it would reach straight by this one. */
  through(url: string, mode: Mode): string {
    const through = new URL(url);
    through.port = String(this.port);
    through.searchParams.set('pgbouncer', mode);
    through.searchParams.set('counters', COUNTERS);
    return through.href;
  }

  async stop(): Promise<void> {
    await this.child.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function keepsStatements(): boolean {
  if (PROGRAM === undefined) return false;
  const [, major, minor] = /(\d+)\.(\d+)/.exec(execFileSync(PROGRAM, ['--version'], { encoding: 'utf8' }))!;
  return Number(major) > 1 || Number(minor) >= 21;
}
