import type { DataSource } from 'typeorm';
import { readDatabaseUrl } from '../../environment/network.js';
import { migrationDataSource } from '../../database/data-source.js';
import { type Check, fail, ok, warn } from './check.js';
import { readIfSound } from './environment-checks.js';

/** The worker makes them fourteen days ahead, each hour: half of that is left after a week without a worker. */
const FEWEST_DAYS_AHEAD = 7;

/** That rows of the coming days will find partitions, and that none found no partition before. */
export async function checkPartitions(dataSource: DataSource, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const [schema] = await dataSource.query<{ there: boolean }[]>(
    `SELECT to_regclass('challenge_default') IS NOT NULL AS there`,
  );
  if (!schema?.there) return [];
  return [await checkAhead(dataSource), await checkDefaults(dataSource, env)];
}

async function checkAhead(dataSource: DataSource): Promise<Check> {
  const rows = await dataSource.query<{ days: number }[]>(`
    WITH today AS (SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS day)
    SELECT coalesce(min(ahead.days) - 1, 14)::int AS days
    FROM today, generate_series(0, 14) AS ahead (days), unnest(ARRAY['challenge', 'delivery', 'delivery_attempt', 'audit']) AS parent
    WHERE to_regclass(parent || '_' || to_char(CASE parent
      WHEN 'audit' THEN date_trunc('month', today.day + ahead.days) ELSE today.day + ahead.days END, 'YYYYMMDD')) IS NULL`);
  const days = rows[0]?.days ?? -1;
  const advice = 'start a worker, which makes them each hour';
  if (days < 0) return fail('partitions', `there are none for today; ${advice}`);
  if (days < FEWEST_DAYS_AHEAD) return warn('partitions', `are made for ${days} days ahead only; ${advice}`);
  return ok('partitions', `are made for ${days} days ahead`);
}

/** A table of no pages has no rows; where there are pages, only the worker and the owner may count. */
async function checkDefaults(dataSource: DataSource, env: NodeJS.ProcessEnv): Promise<Check> {
  const subject = 'default partitions';
  const [tables] = await dataSource.query<{ bytes: string; countable: boolean }[]>(`
    SELECT sum(pg_relation_size(oid)) AS bytes,
      has_function_privilege('default_partition_rows()', 'EXECUTE') AS countable
    FROM pg_class WHERE oid IN (to_regclass('challenge_default'), to_regclass('delivery_default'),
      to_regclass('delivery_attempt_default'), to_regclass('audit_default'))`);
  if (tables?.bytes === '0') return ok(subject, 'are empty');
  const rows = tables?.countable ? await countRows(dataSource) : await countAsOwner(env);
  if (rows === undefined)
    return warn(subject, "may hold rows; run this with the worker's DATABASE_URL to have them counted");
  if (rows === 0) return ok(subject, 'are empty');
  return fail(
    subject,
    `hold ${rows} rows: partitions were not made in time. Keep a worker running, and check the clocks of all hosts`,
  );
}

async function countAsOwner(env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const url = readIfSound(env, (variables) => readDatabaseUrl(variables, 'MIGRATION_DATABASE_URL'));
  if (url === undefined) return undefined;
  const owner = migrationDataSource(url);
  try {
    await owner.initialize();
    return await countRows(owner);
  } catch {
    // Why the owner cannot log in, the check of the migrations tells.
    return undefined;
  } finally {
    if (owner.isInitialized) await owner.destroy();
  }
}

async function countRows(dataSource: DataSource): Promise<number> {
  const [counted] = await dataSource.query<{ rows: string }[]>('SELECT default_partition_rows() AS rows');
  return Number(counted?.rows);
}
