import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withClient } from '../../scripts/quickstart/database.js';
import { processDataSource } from '../../src/database/data-source.js';
import type { ProcessDataSource } from '../../src/database/process-data-source.js';
import { PgTransactor } from '../../src/database/pg-transactor.js';
import { assertSafeRole } from '../../src/database/safe-role.js';
import type { Transaction } from '../../src/shared/transactor.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const connect = (url: string, poolSize: number): Promise<ProcessDataSource> =>
  processDataSource({ url, poolSize, applicationName: 'acs-test', entities: [] }).initialize();

const CLAIM_IN_TURN = `SELECT ids FROM claim_deliveries_in_turn(10, 12, '{0,1}', '{"",""}')`;

function addCounter(tx: Transaction): void {
  tx.run({
    text: `INSERT INTO limit_counter (tenant_id, key, count, window_ends_at) VALUES ($1, $2, 1, now() + interval '1 hour')`,
    values: [tx.tenant, Buffer.from('key')],
  });
}

const counters = (tx: Transaction): Promise<{ tenant_id: string; count: number }[]> =>
  tx.rows({ text: 'SELECT tenant_id, count FROM limit_counter', values: [] });

describe('the isolation of tenants in the database', () => {
  let database: TestDatabase;
  let api: ProcessDataSource;
  let transactor: PgTransactor;

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await connect(database.apiUrl, 4);
    transactor = new PgTransactor(api);
  });

  afterAll(async () => {
    await api.destroy();
    await database.drop();
  });

  it('is enabled and forced on every table and partition', async () => {
    const { rows } = await withClient(database.superuserUrl, (client) =>
      client.query<{ name: string; safe: boolean }>(
        `SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS safe FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'migration'`,
      ),
    );
    expect(rows.length).toBeGreaterThan(9);
    expect(rows.filter(({ safe }) => !safe)).toEqual([]);
  });

  it('leads every unique key with the tenant', async () => {
    const { rows } = await withClient(database.superuserUrl, (client) =>
      client.query<{ index: string; leads: string }>(
        `SELECT i.indexrelid::regclass::text AS index, a.attname AS leads FROM pg_index i
           JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'migration'
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
         WHERE i.indisunique`,
      ),
    );
    expect(rows.filter(({ leads }) => leads !== 'tenant_id')).toEqual([]);
  });

  it('never mixes twenty tenants that share four connections', async () => {
    const tenants = Array.from({ length: 20 }, (_, index) => `tenant-${index}`);
    await Promise.all(
      tenants.map((tenant) =>
        transactor.inTenant(tenant, async (tx) => {
          addCounter(tx);
          return Promise.resolve();
        }),
      ),
    );
    const strangers: string[] = [];
    await Promise.all(
      tenants.map(async (tenant) => {
        for (let round = 0; round < 20; round += 1) {
          const rows = await transactor.inTenant(tenant, counters);
          if (rows.length !== 1 || rows[0]?.tenant_id !== tenant) strangers.push(JSON.stringify(rows));
        }
      }),
    );
    expect(strangers).toEqual([]);
    expect(await api.query('SELECT FROM limit_counter')).toHaveLength(0);
  });

  it('keeps the audit trail append-only for both processes', async () => {
    for (const url of [database.apiUrl, database.workerUrl]) {
      await withClient(url, async (client) => {
        await client.query(`SELECT set_config('acs.tenant_id', 'acme', false)`);
        await expect(client.query(`UPDATE audit SET event = 'x'`)).rejects.toThrow('permission denied');
        await expect(client.query('DELETE FROM audit')).rejects.toThrow('permission denied');
      });
    }
  });

  it('lets the worker route deliveries across tenants without reading them', async () => {
    await withClient(database.workerUrl, async (client) => {
      expect((await client.query('SELECT FROM claim_deliveries(10, 12)')).rowCount).toBe(0);
      expect((await client.query(CLAIM_IN_TURN)).rows).toEqual([{ ids: [] }]);
      expect((await client.query('SELECT FROM delivery')).rowCount).toBe(0);
    });
    await withClient(database.apiUrl, async (client) => {
      await expect(client.query('SELECT FROM claim_deliveries(10, 12)')).rejects.toThrow('permission denied');
      await expect(client.query(CLAIM_IN_TURN)).rejects.toThrow('permission denied');
    });
  });

  it('tells a role of no group which grant it lacks', async () => {
    const { username } = new URL(database.apiUrl);
    await withClient(database.superuserUrl, (client) => client.query(`REVOKE acs_api FROM "${username}"`));
    try {
      await expect(assertSafeRole(api)).rejects.toThrow(
        new RegExp(
          `"${username}" is a member of neither acs_api nor acs_worker.*GRANT acs_api TO "${username}"`,
        ),
      );
    } finally {
      await withClient(database.superuserUrl, (client) => client.query(`GRANT acs_api TO "${username}"`));
    }
  });

  it('refuses to start on a role that it does not bind', async () => {
    await assertSafeRole(api, 'API');
    for (const [url, reason] of [
      [database.superuserUrl, /is a superuser/],
      [database.ownerUrl, /owns the tables/],
    ] as const) {
      const privileged = await connect(url, 1);
      await expect(assertSafeRole(privileged)).rejects.toThrow(reason);
      await privileged.destroy();
    }
  });
});
