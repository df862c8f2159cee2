import type { DataSource } from 'typeorm';
import { migrationDataSource } from '../../database/data-source.js';
import { readDatabaseUrl } from '../../environment/network.js';
import { databaseFault } from '../database-fault.js';
import { type Check, fail, ok, warn } from './check.js';
import { readIfSound } from './environment-checks.js';

const SUBJECT = 'migrations';
const ADVICE = 'run `npm run migrate` (or `node dist/src/main.migrate.js`) with MIGRATION_DATABASE_URL';

/** That the schema is the one of this version. Which migrations ran is the owner's to read, unless it is granted. */
export async function checkMigrations(dataSource: DataSource, env: NodeJS.ProcessEnv): Promise<Check> {
  const [schema] = await dataSource.query<{ there: boolean; readable: boolean }[]>(`
    SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'challenge') AS there,
      coalesce(has_table_privilege(to_regclass('migration'), 'SELECT'), false) AS readable`);
  if (!schema?.there) return fail(SUBJECT, `the database has no schema; ${ADVICE}`);
  if (schema.readable) return compared(await appliedIn(dataSource));
  const ownerUrl = readIfSound(env, (variables) => readDatabaseUrl(variables, 'MIGRATION_DATABASE_URL'));
  if (ownerUrl === undefined)
    return warn(SUBJECT, 'the schema is there; set MIGRATION_DATABASE_URL to see whether all of it is');
  return asOwner(ownerUrl);
}

async function asOwner(url: string): Promise<Check> {
  const owner = migrationDataSource(url);
  try {
    await owner.initialize();
    return compared(await appliedIn(owner));
  } catch (error) {
    const fault = databaseFault(error);
    if (fault === undefined) throw error;
    return fail(SUBJECT, `${fault} (MIGRATION_DATABASE_URL)`);
  } finally {
    if (owner.isInitialized) await owner.destroy();
  }
}

async function appliedIn(dataSource: DataSource): Promise<readonly string[]> {
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migration');
  return rows.map(({ name }) => name);
}

function compared(applied: readonly string[]): Check {
  const ours = migrationsOfThisVersion();
  const missing = ours.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !ours.includes(name));
  if (missing.length > 0) return fail(SUBJECT, `${missing.join(', ')} did not run yet; ${ADVICE}`);
  if (unknown.length > 0)
    return warn(
      SUBJECT,
      `the database is ahead of this version: ${unknown.join(', ')}; deploy the newer one`,
    );
  return ok(SUBJECT, ours.length === 1 ? 'the only one ran' : `all ${ours.length} ran`);
}

function migrationsOfThisVersion(): readonly string[] {
  const { migrations } = migrationDataSource('postgres://localhost').options;
  return Object.values(migrations ?? []).flatMap((item: unknown) =>
    typeof item === 'function' ? [item.name] : [],
  );
}
