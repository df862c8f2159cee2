import { randomBytes } from 'node:crypto';
import {
  createDatabase,
  grantProcessRoles,
  loginUrl,
  withClient,
  type DatabaseRoles,
} from '../../scripts/quickstart/database.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { migrate } from '../../scripts/quickstart/service-processes.js';

/** A database of a test's own, migrated, with its own login roles. */
export interface TestDatabase {
  readonly name: string;
  readonly superuserUrl: string;
  readonly ownerUrl: string;
  readonly apiUrl: string;
  readonly workerUrl: string;
  /** Ends every connection and removes database and roles. */
  drop(): Promise<void>;
}

/** The PostgreSQL of this run, as a superuser. */
export function databaseServerUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (!url)
    throw new Error('Run this through npm test, or set TEST_DATABASE_URL to a superuser of a PostgreSQL');
  return url;
}

/** Makes a database that no other test knows, and migrates it: to this version's schema, or to that of another build. */
export async function createTestDatabase(
  server = databaseServerUrl(),
  build?: string,
): Promise<TestDatabase> {
  const name = `acs_test_${randomBytes(6).toString('hex')}`;
  const roles = rolesOf(name);
  const superuserUrl = new URL(server);
  superuserUrl.pathname = `/${name}`;
  const ownerUrl = loginUrl(server, name, roles.owner);
  const template = server === process.env.TEST_DATABASE_URL ? process.env.TEST_TEMPLATE_DATABASE : undefined;
  await createGroupRoles(server);
  if (template === undefined || build !== undefined) {
    await createDatabase(server, roles);
    await migrateDatabase(ownerUrl, build);
  } else {
    await createDatabase(server, roles, template);
    await withClient(superuserUrl.href, async (client) => {
      await client.query(takeOver(name, `${template}_owner`, roles.owner.name));
    });
  }
  await grantProcessRoles(server, roles);
  return {
    name,
    superuserUrl: superuserUrl.href,
    ownerUrl,
    apiUrl: loginUrl(server, name, roles.api),
    workerUrl: loginUrl(server, name, roles.worker),
    drop: async () => {
      await withClient(server, async (client) => {
        await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
        await client.query(`DROP ROLE ${name}_owner, ${name}_api, ${name}_worker`);
      });
    },
  };
}

/** Makes one role to a copied database what another is, and grants what a database does not take from its template. */
function takeOver(database: string, from: string, to: string): string {
  return `
    GRANT CONNECT ON DATABASE ${database} TO acs_api, acs_worker;
    REASSIGN OWNED BY ${from} TO ${to};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${to} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
    DO $$
    DECLARE named record;
    BEGIN
      FOR named IN SELECT * FROM pg_policies WHERE roles = '{${from}}' LOOP
        EXECUTE format('ALTER POLICY %I ON %I.%I TO ${to}', named.policyname, named.schemaname, named.tablename);
      END LOOP;
    END $$`;
}

/** Runs the migrator of this version, or of another build. */
export async function migrateDatabase(ownerUrl: string, build?: string): Promise<void> {
  const env = { ...systemEnvironment(), MIGRATION_DATABASE_URL: ownerUrl };
  await migrate({ name: 'Migrator', build, env });
}

function rolesOf(database: string): DatabaseRoles {
  const login = (role: string): { name: string; password: string } => ({
    name: `${database}_${role}`,
    password: randomBytes(12).toString('hex'),
  });
  return { database, owner: login('owner'), api: login('api'), worker: login('worker') };
}

/** The group roles belong to the whole server: several test files that migrate at once would race to make them. */
async function createGroupRoles(server: string): Promise<void> {
  await withClient(server, async (client) => {
    await client.query(`SELECT pg_advisory_lock(hashtext('acs.test.roles'))`);
    const { rows } = await client.query<{ rolname: string }>(
      `SELECT rolname FROM pg_roles WHERE rolname IN ('acs_api', 'acs_worker')`,
    );
    for (const role of ['acs_api', 'acs_worker']) {
      if (!rows.some(({ rolname }) => rolname === role)) await client.query(`CREATE ROLE ${role} NOLOGIN`);
    }
  });
}
