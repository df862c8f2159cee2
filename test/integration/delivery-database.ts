import pg from 'pg';
import { processDataSource } from '../../src/database/data-source.js';
import type { ProcessDataSource } from '../../src/database/process-data-source.js';
import { redisServerUrl } from '../support/redis-server.js';
import { createTestDatabase } from '../support/test-database.js';

/** A migrated database of its own, reached as API and worker reach it. */
export interface DeliveryDatabase {
  readonly api: ProcessDataSource;
  readonly worker: ProcessDataSource;
  readonly workerUrl: string;
  /** As the superuser, who sees all tenants. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

export async function createDeliveryDatabase(): Promise<DeliveryDatabase> {
  const database = await createTestDatabase();
  const [api, worker] = await Promise.all(
    [database.apiUrl, database.workerUrl].map((url) =>
      processDataSource({ url, poolSize: 10, applicationName: database.name, entities: [] }).initialize(),
    ),
  );
  const all = new pg.Pool({ connectionString: database.superuserUrl, max: 2 });
  all.on('error', () => undefined); // its connections may still be closing when the database is dropped
  return {
    api: api!,
    worker: worker!,
    workerUrl: database.workerUrl,
    query: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await all.query(text, [...values])).rows as Row[],
    drop: async () => {
      await Promise.all([api!.destroy(), worker!.destroy(), all.end()]);
      await database.drop();
    },
  };
}

/** One of the databases of this run's Redis; undefined where there is no Redis. */
export function redisDatabaseUrl(index: number): string | undefined {
  const server = redisServerUrl();
  if (server === undefined) return undefined;
  const url = new URL(server);
  url.pathname = `/${index}`;
  return url.href;
}
