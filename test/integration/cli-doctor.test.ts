import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { withClient } from '../../scripts/quickstart/database.js';
import { doctor } from '../support/cli.js';
import { createTestDatabase, databaseServerUrl, type TestDatabase } from '../support/test-database.js';

describe('doctor on an environment', () => {
  it('says which processes it is enough for, and what others lack', async () => {
    const { code, of } = await doctor({ MIGRATION_DATABASE_URL: databaseServerUrl() });
    expect(code).toBe(0);
    expect(of('environment')).toBe(
      'ok enough for migrator (NODE_ENV is not production); not set, for others: API (AUTH_ISSUERS, SECRET_KEYS, DATABASE_URL); worker (SECRET_KEYS, DATABASE_URL)',
    );
  });

  it('fails when no process could start', async () => {
    const { code, of } = await doctor({});
    expect(code).toBe(1);
    expect(of('environment')).toMatch(/^fail no process could start/);
  });

  it('tells everything that is wrong with what is set, never its value', async () => {
    const { code, lines, of } = await doctor({
      SECRET_KEYS: 'k1:hunter2hunter2',
      DATABASE_URL: 'mysql://root:hunter2@127.0.0.1/acs',
      EMAIL_PROVIDERS: 'smtp://user:hunter2@127.0.0.1?tls=maybe',
      REDIS_URL: 'http://:hunter2@127.0.0.1',
      CEILINGS: '{"sms":{"maxSegments":0},"hunter":2}',
      PORT: 'hunter2',
    });
    expect(code).toBe(1);
    const found = of('environment').split('\n');
    expect(found.every((line) => line.startsWith('fail '))).toBe(true);
    for (const key of ['SECRET_KEYS', 'DATABASE_URL', 'EMAIL_PROVIDERS', 'REDIS_URL', 'CEILINGS', 'PORT'])
      expect(found.some((line) => line.startsWith(`fail ${key}`))).toBe(true);
    expect(lines.join('\n')).not.toContain('hunter2');
  });
});

describe('doctor on a database', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.drop();
  });

  const asSuperuser = (sql: string): Promise<unknown> =>
    withClient(database.superuserUrl, (client: pg.Client) => client.query(sql));
  const userOf = (url: string): string => new URL(url).username;

  it('finds a healthy one healthy, for either role', async () => {
    for (const [url, group] of [
      [database.apiUrl, 'acs_api'],
      [database.workerUrl, 'acs_worker'],
    ] as const) {
      const { of } = await doctor({ DATABASE_URL: url, MIGRATION_DATABASE_URL: database.ownerUrl });
      expect(of('database')).toMatch(/^ok PostgreSQL \d+.* answers$/);
      expect(of('role')).toMatch(new RegExp(`^ok ".*" is a member of ${group}`));
      expect(of('migrations')).toMatch(/^ok /);
      expect(of('partitions')).toBe('ok are made for 14 days ahead');
      expect(of('default partitions')).toBe('ok are empty');
      expect(of('clock')).toMatch(/^ok this host is 0\.\d s (ahead of|behind) the database$/);
    }
  });

  it("warns that the API's role cannot see which migrations ran", async () => {
    const { of } = await doctor({ DATABASE_URL: database.apiUrl });
    expect(of('migrations')).toMatch(/^warn .*MIGRATION_DATABASE_URL/);
  });

  it.each([
    [
      'does not answer',
      (url: URL) => (url.port = '1'),
      /^fail the host of the database refused the connection/,
    ],
    [
      'does not exist',
      (url: URL) => (url.pathname = '/acs_absent'),
      /^fail .*does not exist|^fail .*refused/,
    ],
    [
      'cannot be found',
      (url: URL) => (url.hostname = 'db.invalid'),
      /^fail the host of the database (could not be|cannot be)/,
    ],
  ])('fails on one that %s', async (_what, change, expected) => {
    const url = new URL(databaseServerUrl());
    url.password = 'hunter2';
    change(url);
    const { code, of, lines } = await doctor({ DATABASE_URL: url.href });
    expect(code).toBe(1);
    expect(of('database')).toMatch(expected);
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  it('fails on a role that row-level security does not bind, and on one of no group', async () => {
    expect((await doctor({ DATABASE_URL: database.superuserUrl })).of('role')).toMatch(
      /^fail .*is a superuser/,
    );
    expect((await doctor({ DATABASE_URL: database.ownerUrl })).of('role')).toMatch(/^fail .*owns the tables/);
    await asSuperuser(`REVOKE acs_api FROM ${userOf(database.apiUrl)}`);
    const { code, of } = await doctor({ DATABASE_URL: database.apiUrl });
    await asSuperuser(`GRANT acs_api TO ${userOf(database.apiUrl)}`);
    expect(code).toBe(1);
    expect(of('role')).toMatch(/^fail .*neither acs_api nor acs_worker.*GRANT acs_api/);
  });

  it('fails on a role of both groups, and on one that may make itself a member of any', async () => {
    const role = userOf(database.apiUrl);
    for (const [grant, revoke, expected] of [
      [`GRANT acs_worker TO ${role}`, `REVOKE acs_worker FROM ${role}`, /^fail .*acs_api and of acs_worker/],
      [`ALTER ROLE ${role} CREATEROLE`, `ALTER ROLE ${role} NOCREATEROLE`, /^fail .*has CREATEROLE/],
    ] as const) {
      await asSuperuser(grant);
      const { code, of } = await doctor({ DATABASE_URL: database.apiUrl });
      await asSuperuser(revoke);
      expect(code).toBe(1);
      expect(of('role')).toMatch(expected);
    }
  });

  it('fails on a role of a process that the environment is not enough for', async () => {
    const env = { SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}` };
    const worker = await doctor({ ...env, DATABASE_URL: database.workerUrl });
    expect(worker.of('role')).toMatch(/^ok .*acs_worker.* for the worker alone$/);
    const api = await doctor({ ...env, DATABASE_URL: database.apiUrl });
    expect(api.code).toBe(1);
    expect(api.of('role')).toMatch(/^fail .*is a member of acs_api, which is not the worker's group/);
  });

  it('fails on one that was not migrated, wholly or in part', async () => {
    const { of } = await doctor({ DATABASE_URL: databaseServerUrl() });
    expect(of('migrations')).toMatch(/^fail the database has no schema; run `npm run migrate`/);
    await asSuperuser(`UPDATE migration SET name = 'Later' || name`);
    const env = { DATABASE_URL: database.apiUrl, MIGRATION_DATABASE_URL: database.ownerUrl };
    const partly = await doctor(env);
    expect(partly.code).toBe(1);
    expect(partly.of('migrations')).toMatch(/^fail InitialSchema\d+.*did not run yet/);
    await asSuperuser(
      `INSERT INTO migration (timestamp, name) SELECT timestamp, substr(name, 6) FROM migration`,
    );
    const ahead = await doctor(env);
    await asSuperuser(`DELETE FROM migration WHERE name LIKE 'Later%'`);
    expect(ahead.of('migrations')).toMatch(/^warn the database is ahead of this version: Later/);
  });

  it('counts rows that found no partition, where the role may', async () => {
    await asSuperuser(`INSERT INTO audit (tenant_id, id, event, issuer, client)
      VALUES ('acme', 'ffffffff-0000-7000-8000-000000000000', 'e', 'i', 'c')`);
    const counted = await doctor({ DATABASE_URL: database.workerUrl });
    expect(counted.code).toBe(1);
    expect(counted.of('default partitions')).toMatch(/^fail hold 1 rows/);
    const byOwner = await doctor({
      DATABASE_URL: database.apiUrl,
      MIGRATION_DATABASE_URL: database.ownerUrl,
    });
    expect(byOwner.of('default partitions')).toMatch(/^fail hold 1 rows/);
    const unseen = await doctor({ DATABASE_URL: database.apiUrl });
    expect(unseen.of('default partitions')).toMatch(/^warn may hold rows/);
    await asSuperuser('TRUNCATE audit_default');
  });

  it('warns when partitions run out, and fails when there are none for today', async () => {
    const drop = (days: number): Promise<unknown> =>
      asSuperuser(`DO $$ BEGIN EXECUTE 'DROP TABLE delivery_' ||
        to_char((clock_timestamp() AT TIME ZONE 'UTC')::date + ${days}, 'YYYYMMDD'); END $$`);
    await drop(4);
    expect((await doctor({ DATABASE_URL: database.apiUrl })).of('partitions')).toMatch(
      /^warn are made for 3 days ahead only; start a worker/,
    );
    await drop(0);
    const none = await doctor({ DATABASE_URL: database.apiUrl });
    expect(none.code).toBe(1);
    expect(none.of('partitions')).toMatch(/^fail there are none for today/);
  });

  it('measures how far the clocks are apart', async () => {
    await asSuperuser(`CREATE SCHEMA skewed;
      CREATE FUNCTION skewed.clock_timestamp() RETURNS timestamptz LANGUAGE sql
        AS $$ SELECT pg_catalog.clock_timestamp() + interval '10 seconds' $$;
      GRANT USAGE ON SCHEMA skewed TO acs_api; GRANT EXECUTE ON FUNCTION skewed.clock_timestamp TO acs_api;
      ALTER ROLE ${userOf(database.apiUrl)} SET search_path = skewed, public, pg_catalog`);
    const behind = await doctor({ DATABASE_URL: database.apiUrl });
    expect(behind.of('clock')).toMatch(/^warn this host is (9\.9|10\.\d) s behind the database/);
    await asSuperuser(`CREATE OR REPLACE FUNCTION skewed.clock_timestamp() RETURNS timestamptz LANGUAGE sql
        AS $$ SELECT pg_catalog.clock_timestamp() - interval '1 minute' $$`);
    const ahead = await doctor({ DATABASE_URL: database.apiUrl });
    expect(ahead.of('clock')).toMatch(/^fail this host is (59|60)\.\d s ahead of the database/);
  });
});
