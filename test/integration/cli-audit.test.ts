import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { withClient } from '../../scripts/quickstart/database.js';
import { acs, type CliRun } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

interface Row {
  readonly tenant?: string;
  readonly id?: string;
  readonly at?: string;
  readonly event?: string;
  readonly client?: string;
  readonly objectId?: string;
}

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

const tenantName = (): string => `t-${randomBytes(4).toString('hex')}`;
const idAt = (time: string): string => uuidv7({ msecs: Date.parse(time) });

async function insert(client: pg.Client, row: Row): Promise<void> {
  const { tenant = 'acme', at = new Date().toISOString(), event = 'policy.updated', objectId = null } = row;
  await client.query(
    `INSERT INTO audit (tenant_id, id, at, event, issuer, client, object_id, detail)
     VALUES ($1, $2, $3, $4, 'https://login.test', $5, $6, '{"n":1}')`,
    [tenant, row.id ?? idAt(at), at, event, row.client ?? 'console', objectId],
  );
}

async function insertAll(rows: readonly Row[]): Promise<void> {
  await withClient(database.superuserUrl, async (client) => {
    for (const row of rows) await insert(client, row);
  });
}

async function audit(...args: string[]): Promise<CliRun> {
  return acs(['audit', ...args], { env: { DATABASE_URL: database.apiUrl } });
}

async function eventsOf(...args: string[]): Promise<string[]> {
  const { out } = await audit(...args, '--json');
  return out.map((line) => (JSON.parse(line) as { event: string }).event);
}

describe('audit', () => {
  it("prints one tenant's rows, the oldest first, to either process's role", async () => {
    const [tenant, other] = [tenantName(), tenantName()];
    const objectId = uuidv7();
    await insertAll([
      { tenant, at: '2026-01-02T00:00:00Z', event: 'challenge.issued', objectId },
      { tenant, at: '2026-01-01T00:00:00Z', event: 'policy.created' },
      { tenant: other, at: '2026-01-01T12:00:00Z', event: 'policy.deleted' },
    ]);
    const { code, out } = await acs(['audit', '--tenant', tenant], {
      env: { DATABASE_URL: database.workerUrl },
    });
    expect(code).toBe(0);
    expect(out).toEqual([
      '2026-01-01T00:00:00.000Z  policy.created            -  console (https://login.test)  {"n":1}',
      `2026-01-02T00:00:00.000Z  challenge.issued          ${objectId}  console (https://login.test)  {"n":1}`,
    ]);
  });

  it('chooses by time, object and event, and stops at the limit', async () => {
    const tenant = tenantName();
    const objectId = uuidv7();
    await insertAll([
      { tenant, at: '2026-01-01T00:00:00Z', event: 'a.1' },
      { tenant, at: '2026-01-01T01:00:00Z', event: 'a.2', objectId },
      { tenant, at: '2026-01-01T02:00:00Z', event: 'b.3' },
      { tenant, event: 'a.4', objectId },
    ]);
    const of = ['--tenant', tenant];
    expect(await eventsOf(...of)).toEqual(['a.1', 'a.2', 'b.3', 'a.4']);
    expect(await eventsOf(...of, '--since', '2026-01-01T01:00Z')).toEqual(['a.2', 'b.3', 'a.4']);
    expect(await eventsOf(...of, '--until', '2026-01-01T01:00Z')).toEqual(['a.1']);
    expect(await eventsOf(...of, '--since', '1h')).toEqual(['a.4']);
    expect(await eventsOf(...of, '--object', objectId)).toEqual(['a.2', 'a.4']);
    expect(await eventsOf(...of, '--event', 'a.')).toEqual(['a.1', 'a.2', 'a.4']);
    expect(await eventsOf(...of, '--event', 'a_')).toEqual([]);
    expect(await eventsOf(...of, '--limit', '2')).toEqual(['a.1', 'a.2']);
  });

  it('reads page after page, without gap or repeat', async () => {
    const tenant = tenantName();
    const from = Date.parse('2026-01-01T00:00:00Z');
    // Many rows have one time: only the identifier tells them apart.
    const rows = Array.from({ length: 1_203 }, (_, n) => ({
      tenant,
      event: `e.${n}`,
      at: new Date(from + Math.floor(n / 100)).toISOString(),
    }));
    await insertAll(rows);
    const { out } = await audit('--tenant', tenant, '--json');
    const ids = out.map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toHaveLength(rows.length);
  });

  it('says so when there is nothing', async () => {
    const { code, out, notes } = await audit('--tenant', 'nobody');
    expect({ code, out }).toEqual({ code: 0, out: [] });
    expect(notes[0]).toContain('"nobody" has no audit rows');
  });

  it('lets nothing of a row command the terminal', async () => {
    const tenant = tenantName();
    await insertAll([{ tenant, client: '\u001b[2Jroot\nforged' }]);
    const { out } = await audit('--tenant', tenant);
    expect(out).toHaveLength(1);
    expect(out[0]).toContain('\uFFFD[2Jroot\uFFFDforged');
  });

  it('follows: rows as they come, a late one with an earlier identifier too, each once', async () => {
    const tenant = tenantName();
    await insertAll([{ tenant, event: 'before' }]);
    const stop = new AbortController();
    const lines: string[] = [];
    const running = acs(['audit', '--tenant', tenant, '--follow', '--since', '1h'], {
      env: { DATABASE_URL: database.apiUrl },
      stop: stop.signal,
      onLine: (line) => lines.push(/ {2}(\w+) /.exec(line)?.[1] ?? ''),
    });
    await withClient(database.superuserUrl, async (client) => {
      await client.query('BEGIN');
      await insert(client, { tenant, event: 'late' });
      await insertAll([{ tenant, event: 'early' }]);
      await eventually(() => lines.join() === 'before,early');
      await client.query('COMMIT');
      await eventually(() => lines.join() === 'before,early,late');
    });
    await insertAll([{ tenant, event: 'last' }]);
    await eventually(() => lines.join() === 'before,early,late,last');
    stop.abort();
    expect((await running).code).toBe(0);
    expect(lines).toEqual(['before', 'early', 'late', 'last']);
  });

  it('refuses a role that sees past row-level security', async () => {
    const { code, out, notes } = await acs(['audit', '--tenant', 'acme'], {
      env: { DATABASE_URL: database.superuserUrl },
    });
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(notes[0]).toMatch(/is a superuser.*acs_api/);
  });

  it('says what is wrong with the database, without its URL', async () => {
    const wrong = new URL(database.apiUrl);
    wrong.pathname = '/acs_no_such_database';
    wrong.password = 'hunter2';
    const { code, notes } = await acs(['audit', '--tenant', 'acme'], { env: { DATABASE_URL: wrong.href } });
    expect(code).toBe(1);
    expect(notes).toEqual([expect.stringMatching(/^error: DATABASE_URL: the database /)]);
    expect(notes.join()).not.toContain('hunter2');
  });
});
