import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { withClient } from '../../scripts/quickstart/database.js';
import { leastIdAt } from '../../src/database/daily-statement.js';
import { processDataSource } from '../../src/database/data-source.js';
import { keepPartitions, purgeExpired } from '../../src/delivery/worker/maintenance.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const DAY_MS = 86_400_000;
const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS);

/** Keys and counters that are in use, and such whose time is over. */
const LIVE = 100_000;
const OVER = 50;

describe('retention', () => {
  let database: TestDatabase;
  let worker: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    worker = await processDataSource({
      url: database.workerUrl,
      poolSize: 2,
      applicationName: 'acs-test',
      entities: [],
    }).initialize();
  });

  afterAll(async () => {
    await worker.destroy();
    await database.drop();
  });

  /** As the superuser: what the service itself would have written so many days ago. */
  async function plant(tenant: string, ...ages: number[]): Promise<void> {
    await withClient(database.superuserUrl, async (client) => {
      for (const age of ages) {
        const day = daysAgo(age).toISOString().slice(0, 10);
        await client.query(
          `SELECT create_partition('challenge', $1::date::timestamptz, $1::date::timestamptz + interval '1 day')`,
          [day],
        );
        await client.query(
          `INSERT INTO challenge (tenant_id, id, type, state, policy_id, policy_alias, policy_version, require_action, metadata,
             answer_key_id, answer_mac, attempts_max, resends_max, complete_within_seconds, created_at, expires_at, ended_at)
           VALUES ($1, $2, 'TOKEN', 'COMPLETED', $2, 'a', 1, false, '{}', 'k', '\\x00', 5, 0, 300, $3, $3, $3)`,
          [tenant, leastIdAt(daysAgo(age)), daysAgo(age)],
        );
      }
    });
  }

  async function keeps(tenant: string, endedChallengeDays: number): Promise<void> {
    await withClient(database.superuserUrl, async (client) => {
      await client.query(
        `INSERT INTO policy (tenant_id, id, alias, type, version) VALUES ($1, gen_random_uuid(), 'a', 'TOKEN', 1)`,
        [tenant],
      );
      await client.query(`INSERT INTO configuration (tenant_id, version, settings) VALUES ($1, 2, $2)`, [
        tenant,
        { retention: { endedChallengeDays } },
      ]);
    });
  }

  async function ages(tenant: string): Promise<number[]> {
    const { rows } = await withClient(database.superuserUrl, (client) =>
      client.query<{ days: number }>(
        `SELECT round(extract(epoch FROM now() - created_at) / 86400)::int AS days FROM challenge WHERE tenant_id = $1 ORDER BY 1`,
        [tenant],
      ),
    );
    return rows.map(({ days }) => days);
  }

  it('drops the partitions that no tenant wants any more, and keeps those that one does', async () => {
    await keeps('long', 60);
    await plant('long', 10, 55, 70);
    await keepPartitions(worker);
    expect(await ages('long')).toEqual([10, 55]);
  });

  it('removes what a tenant keeps for a shorter time from partitions that stay', async () => {
    await keeps('short', 5);
    await plant('short', 2, 8, 40);
    await purgeExpired(worker, new AbortController().signal);
    expect(await ages('short')).toEqual([2]);
    expect(await ages('long')).toEqual([10, 55]);
  });

  it('raises the alarm and drops what is past even when a stray row keeps partitions from being made', async () => {
    const told: unknown[] = [];
    Logger.overrideLogger({
      log: () => undefined,
      warn: () => undefined,
      error: (message: unknown) => told.push(message),
    });
    await plant('short', 90);
    await withClient(database.superuserUrl, async (client) => {
      const name = `challenge_${daysAgo(-14).toISOString().slice(0, 10).replaceAll('-', '')}`;
      await client.query(`DROP TABLE ${name}`);
      await client.query(
        `INSERT INTO challenge (tenant_id, id, type, state, policy_id, policy_alias, policy_version, require_action, metadata,
           answer_key_id, answer_mac, attempts_max, resends_max, complete_within_seconds, created_at, expires_at)
         VALUES ('stray', $1, 'TOKEN', 'ISSUED', $1, 'a', 1, false, '{}', 'k', '\\x00', 5, 0, 300, $2, $2)`,
        [leastIdAt(daysAgo(-14)), daysAgo(-14)],
      );
      try {
        await keepPartitions(worker);
        expect(told).toEqual([
          '1 rows lie in default partitions: partitions were not made ahead in time',
          'Failed: making partitions ahead',
        ]);
        expect(await ages('short')).toEqual([2]);
      } finally {
        Logger.overrideLogger(false);
        await client.query(`DELETE FROM challenge WHERE tenant_id = 'stray'`);
      }
    });
    await keepPartitions(worker);
  });

  it('makes partitions ahead, so that the default partitions stay empty', async () => {
    const [row] = await worker.query<{ rows: string }[]>('SELECT default_partition_rows() AS rows');
    expect(row?.rows).toBe('0');
    const { rowCount } = await withClient(database.superuserUrl, (client) =>
      client.query(
        `SELECT FROM pg_class WHERE relname ~ '^challenge_\\d{8}$' AND relname >= 'challenge_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')`,
      ),
    );
    expect(rowCount).toBe(15);
  });

  it.each([false, true])(
    'the purge of keys and counters reads those alone whose time is over; the tables were analysed: %s',
    async (isAnalysed) => {
      await withClient(database.superuserUrl, async (client) => {
        const add = (count: number, ends: string): Promise<unknown> =>
          client.query(`
            WITH keys AS (
              INSERT INTO idempotency_key (tenant_id, key, request_digest, expires_at)
              SELECT 'acme', gen_random_uuid(), '\\x00', clock_timestamp() + ${ends} FROM generate_series(1, ${count}))
            INSERT INTO limit_counter (tenant_id, key, count, window_ends_at)
            SELECT 'acme', uuid_send(gen_random_uuid()), 1, clock_timestamp() + ${ends} FROM generate_series(1, ${count})`);
        await add(LIVE, `interval '1 hour'`);
        if (isAnalysed) await client.query('ANALYZE idempotency_key, limit_counter');
        await add(OVER, `interval '-1 second'`);
        const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
          `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT purge_expired(1000)`,
        );
        const { Plan: plan } = rows[0]!['QUERY PLAN'][0];
        expect(plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!).toBeLessThan(20 * 2 * OVER);
        const left = await client.query<{ keys: string; counters: string }>(
          `SELECT (SELECT count(*) FROM idempotency_key) AS keys, (SELECT count(*) FROM limit_counter) AS counters`,
        );
        expect(left.rows).toEqual([{ keys: String(LIVE), counters: String(LIVE) }]);
        await client.query('TRUNCATE idempotency_key, limit_counter');
      });
    },
  );
});
