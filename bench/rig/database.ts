import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDatabase,
  grantProcessRoles,
  loginUrl,
  withClient,
  type DatabaseRoles,
} from '../../scripts/quickstart/database.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { canEnter, postgresUser } from '../../scripts/quickstart/postgres-user.js';
import { placePostgres } from '../../scripts/quickstart/postgres-files.js';
import { startPostgres } from '../../scripts/quickstart/postgres.js';
import { generateSecrets } from '../../scripts/quickstart/secrets.js';
import { migrate } from '../../scripts/quickstart/service-processes.js';
import type { Belongings } from './belongings.js';

/** As PostgreSQL comes, durable; larger only where its defaults are for a machine that does something else. */
const SETTINGS = {
  max_connections: '200',
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
};

export interface BenchDatabase {
  readonly superuserUrl: string;
  readonly apiUrl: string;
  readonly workerUrl: string;
}

/** The server that `TEST_DATABASE_URL` names, or one of this run's own; a superuser's URL. */
export async function databaseServer(
  belongings: Belongings,
  say: (message: string) => void,
): Promise<string> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) {
    say('PostgreSQL is the one that TEST_DATABASE_URL names, as it is set up');
    return given;
  }
  const user = postgresUser();
  const open = ['/var/tmp', tmpdir()].find((folder) => canEnter(user, folder)) ?? tmpdir();
  const folder = mkdtempSync(join(open, 'acs-bench-'));
  chmodSync(folder, 0o755);
  belongings.add('the data of PostgreSQL', () => {
    rmSync(folder, { recursive: true, force: true });
    return Promise.resolve();
  });
  const { installation, databasePasswords } = generateSecrets();
  const { url } = await startPostgres({
    files: placePostgres(user, folder, installation, say),
    user,
    superuserPassword: databasePasswords.superuser,
    settings: SETTINGS,
    child: {
      name: 'PostgreSQL',
      env: systemEnvironment(),
      onStart: (child) => {
        belongings.add('PostgreSQL', () => child.stop(30_000));
      },
    },
    removeAfter: folder,
  });
  return url;
}

/** Makes and migrates a database of its own on the server. */
export async function makeDatabase(server: string, belongings: Belongings): Promise<BenchDatabase> {
  const name = `acs_bench_${randomBytes(4).toString('hex')}`;
  const login = (role: string): { name: string; password: string } => ({
    name: `${name}_${role}`,
    password: randomBytes(12).toString('hex'),
  });
  const roles: DatabaseRoles = {
    database: name,
    owner: login('owner'),
    api: login('api'),
    worker: login('worker'),
  };
  await createGroupRoles(server);
  await createDatabase(server, roles);
  belongings.add(`the database ${name}`, async () => {
    await dropDatabase(server, roles);
  });
  await migrate({
    name: 'Migrator',
    env: { ...systemEnvironment(), MIGRATION_DATABASE_URL: loginUrl(server, name, roles.owner) },
  });
  await grantProcessRoles(server, roles);
  const superuserUrl = new URL(server);
  superuserUrl.pathname = `/${name}`;
  return {
    superuserUrl: superuserUrl.href,
    apiUrl: loginUrl(server, name, roles.api),
    workerUrl: loginUrl(server, name, roles.worker),
  };
}

/** A database that holds nothing, for what makes its own tables. */
export async function makeEmptyDatabase(server: string, belongings: Belongings): Promise<string> {
  const name = `acs_bench_${randomBytes(4).toString('hex')}`;
  await withClient(server, (client) => client.query(`CREATE DATABASE ${name}`));
  belongings.add(`the database ${name}`, async () => {
    await withClient(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  });
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function createGroupRoles(server: string): Promise<void> {
  await withClient(server, async (client) => {
    for (const role of ['acs_api', 'acs_worker']) {
      const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
      if (rowCount === 0) await client.query(`CREATE ROLE ${role} NOLOGIN`);
    }
  });
}

async function dropDatabase(server: string, { database, owner, api, worker }: DatabaseRoles): Promise<void> {
  await withClient(server, async (client) => {
    await client.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await client.query(`DROP ROLE ${[owner, api, worker].map(({ name }) => name).join(', ')}`);
  });
}
