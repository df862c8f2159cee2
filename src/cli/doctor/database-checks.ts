import type { DataSource } from 'typeorm';
import { readDatabase } from '../../environment/process-environment.js';
import { commandDataSource } from '../database.js';
import { databaseFault } from '../database-fault.js';
import { type Check, fail, ok, warn } from './check.js';
import { checkClock } from './clock-check.js';
import { readIfSound } from './environment-checks.js';
import { checkKeys } from './key-check.js';
import { checkMigrations } from './migration-check.js';
import { checkPartitions } from './partition-checks.js';
import { checkRole } from './role-check.js';

const SUBJECT = 'database';
const OLDEST_MAJOR = 15;

/** The database of `DATABASE_URL`: that it answers, as whom, and in what shape it is. */
export async function checkDatabase(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const settings = readIfSound(env, readDatabase);
  if (!settings) return [warn(SUBJECT, 'not checked: DATABASE_URL is not set, or not usable')];
  const dataSource = commandDataSource(settings.databaseUrl);
  try {
    await dataSource.initialize();
    return [
      await checkServer(dataSource),
      await checkRole(dataSource, env),
      await checkMigrations(dataSource, env),
      ...(await checkPartitions(dataSource, env)),
      ...(await checkKeys(dataSource, env)),
      await checkClock(dataSource),
    ];
  } catch (error) {
    const fault = databaseFault(error);
    if (fault === undefined) throw error;
    return [fail(SUBJECT, `${fault} (DATABASE_URL)`)];
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function checkServer(dataSource: DataSource): Promise<Check> {
  const [server] = await dataSource.query<{ version: string; major: number; standby: boolean }[]>(`
    SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS standby,
      current_setting('server_version_num')::int / 10000 AS major`);
  const { version = 'unknown', major = 0, standby = false } = server ?? {};
  if (major < OLDEST_MAJOR) return fail(SUBJECT, `PostgreSQL ${version}; ${OLDEST_MAJOR} or newer is needed`);
  if (standby) return fail(SUBJECT, 'is a standby and takes no writes; let DATABASE_URL name the primary');
  return ok(SUBJECT, `PostgreSQL ${version} answers`);
}
