import { migrationDataSource } from './database/data-source.js';
import { loadMigratorEnvironment } from './environment/migrator-environment.js';
import { runProcess } from './observability/run-process.js';

/** Brings the schema to this version's state; can be run again, and by several at once. */
await runProcess('migrate', async (log) => {
  const dataSource = migrationDataSource(loadMigratorEnvironment(process.env).migrationDatabaseUrl);
  await dataSource.initialize();
  try {
    await dataSource.query(`SELECT pg_advisory_lock(hashtext('acs.migrate'))`);
    const applied = await dataSource.runMigrations();
    for (const { name } of applied) log.log(`Applied ${name}`);
    log.log(applied.length === 0 ? 'The schema is up to date' : `Applied ${applied.length} migrations`);
  } finally {
    await dataSource.destroy();
  }
});
