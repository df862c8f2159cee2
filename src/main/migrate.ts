import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { migrationDataSource } from '../database/data-source.js';
import { loadMigratorEnvironment } from '../environment/migrator-environment.js';
import { runProcess } from '../observability/run-process.js';

const ASK_AGAIN_MS = 200;

/** Brings the schema to this version's state; can be run again, and by several at once. */
await runProcess('migrate', async (log) => {
  const dataSource = migrationDataSource(loadMigratorEnvironment(process.env).migrationDatabaseUrl);
  await dataSource.initialize();
  try {
    await takeTurn(dataSource);
    const applied = await dataSource.runMigrations();
    for (const { name } of applied) log.log(`Applied ${name}`);
    log.log(applied.length === 0 ? 'The schema is up to date' : `Applied ${applied.length} migrations`);
  } finally {
    await dataSource.destroy();
  }
});

/** One migrator at a time. Asks again and again: a query that waited would hold up an index that is built concurrently. */
async function takeTurn(dataSource: DataSource): Promise<void> {
  for (;;) {
    const [turn] = await dataSource.query<{ mine: boolean }[]>(
      `SELECT pg_try_advisory_lock(hashtext('acs.migrate')) AS mine`,
    );
    if (turn?.mine) return;
    await delay(ASK_AGAIN_MS);
  }
}
