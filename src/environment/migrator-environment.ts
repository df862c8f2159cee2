import { MigratorEnvironment } from './environment.js';
import { readDatabaseUrl } from './network.js';
import { readProcess } from './process-environment.js';
import { loadFrom } from './variables.js';

/** What the migrator needs; throws `EnvironmentError` with every finding at once. */
export function loadMigratorEnvironment(env: NodeJS.ProcessEnv): MigratorEnvironment {
  return loadFrom(env, MigratorEnvironment, (variables) => ({
    ...readProcess(variables),
    migrationDatabaseUrl: readDatabaseUrl(variables, 'MIGRATION_DATABASE_URL'),
  }));
}
