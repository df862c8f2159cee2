import type { DataSource } from 'typeorm';
import { migrationDataSource } from '../../database/data-source.js';
import { readDatabaseUrl } from '../../environment/network.js';
import { readSecretKeys } from '../../environment/secret-keys.js';
import { databaseFault } from '../database-fault.js';
import { type KeyUse, latestOf, partsOf, readKeyUsage } from '../keys/key-usage.js';
import { type Check, fail, ok, warn } from './check.js';
import { readIfSound } from './environment-checks.js';

const SUBJECT = 'keys';

/** That whatever lives in the database has its key in `SECRET_KEYS`; nothing to say where that is not set. */
export async function checkKeys(dataSource: DataSource, env: NodeJS.ProcessEnv): Promise<Check[]> {
  if (!env.SECRET_KEYS?.trim()) return [];
  const keys = readIfSound(env, readSecretKeys);
  if (!keys) return [warn(SUBJECT, 'not checked: SECRET_KEYS is not usable')];
  const usage = await readUsage(dataSource, env);
  if (typeof usage === 'string') return [warn(SUBJECT, usage)];
  const known = keys.map(({ id }) => id);
  const missing = [...new Set(usage.map(({ keyId }) => keyId))].filter((id) => !known.includes(id));
  if (missing.length === 0) return [ok(SUBJECT, 'everything in the database has its key')];
  return missing.map((keyId) => {
    const uses = usage.filter((use) => use.keyId === keyId);
    const until = latestOf(uses).toISOString();
    return fail(
      SUBJECT,
      `the key "${keyId}" is not in SECRET_KEYS and is needed until ${until}: ${partsOf(uses)}; put it back behind the first`,
    );
  });
}

/** The usage, or why it is not known: only the worker and the owner may look across tenants. */
async function readUsage(
  dataSource: DataSource,
  env: NodeJS.ProcessEnv,
): Promise<readonly KeyUse[] | string> {
  const [access] = await dataSource.query<{ there: boolean; allowed: boolean }[]>(`
    SELECT to_regprocedure('key_usage()') IS NOT NULL AS there,
      coalesce(has_function_privilege(to_regprocedure('key_usage()'), 'EXECUTE'), false) AS allowed`);
  if (!access?.there) return 'not checked: the migrator of this version did not run';
  const ownerUrl = readIfSound(env, (variables) => readDatabaseUrl(variables, 'MIGRATION_DATABASE_URL'));
  try {
    if (access.allowed) return await readKeyUsage(dataSource);
    if (ownerUrl === undefined) return "not checked; run this with the worker's DATABASE_URL";
    return await asOwner(ownerUrl);
  } catch (error) {
    const fault = databaseFault(error);
    if (fault === undefined) throw error;
    return `not checked: ${fault}; \`acs keys rotate --dry-run\` takes the time it needs`;
  }
}

async function asOwner(url: string): Promise<readonly KeyUse[]> {
  const owner = migrationDataSource(url);
  try {
    await owner.initialize();
    return await readKeyUsage(owner);
  } finally {
    if (owner.isInitialized) await owner.destroy();
  }
}
