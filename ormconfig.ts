import { migrationDataSource } from './src/database/data-source.js';
import { loadMigratorEnvironment } from './src/environment/migrator-environment.js';

/** The TypeORM CLI's data source: the same factory and environment as `npm run migrate`. */
export const dataSource = migrationDataSource(loadMigratorEnvironment(process.env).migrationDatabaseUrl);
