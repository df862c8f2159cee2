import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { withClient } from '../../scripts/quickstart/database.js';
import { processDataSource } from '../../src/database/data-source.js';
import type { ProcessDataSource } from '../../src/database/process-data-source.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('A connection of a process', () => {
  let database: TestDatabase;
  let dataSource: ProcessDataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = processDataSource({
      url: database.apiUrl,
      poolSize: 1,
      applicationName: 'acs-test',
      entities: [],
    });
    await dataSource.initialize();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('that is lost while nobody listens fails its next query, and nothing else', async () => {
    const { master } = dataSource.driver as unknown as { readonly master: Pool };
    const client = await master.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const ended = new Promise<void>((resolve) => {
      client.once('end', resolve);
    });
    await withClient(database.superuserUrl, (other) =>
      other.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]),
    );
    await ended;
    await expect(client.query('SELECT 1')).rejects.toThrow();
    client.release(true);
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
