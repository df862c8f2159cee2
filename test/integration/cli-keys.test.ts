import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { withClient } from '../../scripts/quickstart/database.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { SqlIdempotencyStore } from '../../src/challenge/persistence/sql-idempotency-store.js';
import { SEALED_COLUMNS } from '../../src/cli/commands/keys-rotate.js';
import { DEFAULT_SETTINGS } from '../../src/config/domain/configuration.js';
import { processDataSource } from '../../src/database/data-source.js';
import { PgTransactor } from '../../src/database/pg-transactor.js';
import { senderOf } from '../../src/delivery/application/sender.js';
import { SqlOutbox } from '../../src/delivery/persistence/sql-outbox.js';
import { readSecretKeys } from '../../src/environment/secret-keys.js';
import { Variables } from '../../src/environment/variables.js';
import { KeyRing } from '../../src/keys/key-ring.js';
import { acs, type CliRun, doctor } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const ring = (text: string): KeyRing => new KeyRing(readSecretKeys(new Variables({ SECRET_KEYS: text })));
const OLD = key('old');
const NEW = key('new');
const BOTH = `${NEW},${OLD}`;

describe('keys generate', () => {
  it('prints a key that a production start accepts, under a fresh id', async () => {
    const { code, out } = await acs(['keys', 'generate']);
    expect(code).toBe(0);
    expect(out).toEqual([expect.stringMatching(/^k\d{8}:[A-Za-z0-9+/]{43}=$/)]);
    const variables = new Variables({ NODE_ENV: 'production', SECRET_KEYS: out[0]! });
    expect(readSecretKeys(variables)[0]!.bytes).toHaveLength(32);
    expect(variables.findings).toEqual([]);
  });

  it('gives no two keys of a ring one id', async () => {
    let text = (await acs(['keys', 'generate'])).out[0]!;
    for (let count = 0; count < 3; count += 1)
      text += `,${(await acs(['keys', 'generate'], { env: { SECRET_KEYS: text } })).out[0]!}`;
    expect(new Set(ring(text).keyIds).size).toBe(4);
  });

  it('takes an id that is given, unless it is no id or taken', async () => {
    const env = { SECRET_KEYS: OLD };
    expect((await acs(['keys', 'generate', '--id', 'mine'], { env })).out[0]).toMatch(/^mine:/);
    const refused = [
      await acs(['keys', 'generate', '--id', 'old'], { env }),
      await acs(['keys', 'generate', '--id', 'a,b']),
    ];
    expect(refused.map(({ code, out }) => ({ code, out }))).toEqual([
      { code: 2, out: [] },
      { code: 2, out: [] },
    ]);
  });
});

describe('keys rotate', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  beforeEach(async () => {
    await query('TRUNCATE challenge, delivery, idempotency_key, limit_counter');
  });

  afterAll(async () => {
    await database.drop();
  });

  async function query<Row extends pg.QueryResultRow>(text: string, ...values: unknown[]): Promise<Row[]> {
    return await withClient(
      database.superuserUrl,
      async (client) => (await client.query<Row>(text, values)).rows,
    );
  }

  function rotate(secretKeys: string, ...args: string[]): Promise<CliRun> {
    return acs(['keys', 'rotate', ...args], {
      env: { DATABASE_URL: database.workerUrl, SECRET_KEYS: secretKeys },
    });
  }

  /** Messages and outcomes as the API writes them; resolves with the messages' identifiers. */
  async function plant(keys: KeyRing, tenant: string, count: number): Promise<string[]> {
    const api = await processDataSource({
      url: database.apiUrl,
      poolSize: 1,
      applicationName: 'acs-test',
      entities: [],
    }).initialize();
    const outbox = new SqlOutbox(keys);
    const idempotency = new SqlIdempotencyStore(keys);
    const ids = await new PgTransactor(api).inTenant(tenant, (tx) =>
      Promise.resolve(
        Array.from({ length: count }, (_, index) => {
          idempotency.record(tx, { key: `key-${index}`, digest: Buffer.alloc(32) }, { n: index });
          return outbox.add(tx, messageNo(index), new Date(Date.now() + 600_000));
        }),
      ),
    );
    await api.destroy();
    return ids;
  }

  function messageNo(index: number): Parameters<SqlOutbox['add']>[1] {
    return {
      challengeId: uuidv7(),
      policyId: uuidv7(),
      policyVersion: 1,
      channel: 'EMAIL',
      recipient: `person-${index}@example.com`,
      locale: null,
      variables: {
        code: String(index),
        challengeId: '',
        expiresInMinutes: 5,
        action: null,
        tenant: '',
        variables: {},
      },
      sender: senderOf(DEFAULT_SETTINGS),
    };
  }

  async function keyIdsOf(table: string, column: string): Promise<Record<string, number>> {
    const rows = await query<{ id: string; n: number }>(
      `SELECT encode(substr(${column}, 3, get_byte(${column}, 1)), 'escape') AS id, count(*)::int AS n
       FROM ${table} WHERE ${column} IS NOT NULL GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ id, n }) => [id, n]));
  }

  const sealedIds = async (): Promise<Record<string, number>[]> => [
    await keyIdsOf('delivery', 'message_sealed'),
    await keyIdsOf('idempotency_key', 'outcome_sealed'),
  ];

  it('knows every column of the schema that is sealed', async () => {
    const columns = await query<{ name: string }>(`
      SELECT c.relname || '.' || a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND c.relkind IN ('r', 'p')
        AND a.attname LIKE '%sealed%' AND a.atttypid = 'bytea'::regtype`);
    expect(columns.map(({ name }) => name).sort()).toEqual(
      SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort(),
    );
  });

  it('seals everything of all tenants again, and what is in it stays the same', async () => {
    const ids = await plant(ring(OLD), 'acme', 25);
    await plant(ring(OLD), 'globex', 12);
    await plant(ring(NEW), 'initech', 3);
    const { code, out, notes } = await rotate(BOTH, '--batch', '10');
    expect({ code, out: out.slice(0, 3) }).toEqual({
      code: 0,
      out: ['messages: 37 sealed again', 'outcomes: 37 sealed again', 'new: the first key'],
    });
    expect(notes.length).toBeGreaterThan(2);
    expect(await sealedIds()).toEqual([{ new: 40 }, { new: 40 }]);
    const [row] = await query<{ sealed: Buffer }>(
      'SELECT message_sealed AS sealed FROM delivery WHERE id = $1',
      ids[7],
    );
    expect(ring(NEW).open('acme', ids[7]!, row!.sealed).toString()).toContain('person-7@example.com');
    expect((await rotate(BOTH)).out.slice(0, 2)).toEqual([
      'messages: 0 sealed again',
      'outcomes: 0 sealed again',
    ]);
  });

  it('only tells, when asked for a dry run', async () => {
    await plant(ring(OLD), 'acme', 5);
    const { code, out } = await rotate(BOTH, '--dry-run');
    expect(code).toBe(0);
    expect(out).toEqual([
      'new: the first key',
      expect.stringMatching(/^old: is needed until \d{4}-.*Z: 5 messages, 5 outcomes$/),
    ]);
    expect(await sealedIds()).toEqual([{ old: 5 }, { old: 5 }]);
  });

  it('goes on where it was when it was killed', async () => {
    await plant(ring(OLD), 'acme', 400);
    const child = started('keys', 'rotate', '--batch', '1');
    const lines = createInterface({ input: child.stderr! })[Symbol.asyncIterator]();
    await lines.next();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [half] = await sealedIds();
    expect(half!['new']).toBeGreaterThanOrEqual(1);
    expect(half!['old']).toBeGreaterThan(0);
    const { code, out } = await rotate(BOTH);
    expect(code).toBe(0);
    expect(out[0]).toBe(`messages: ${half!['old']} sealed again`);
    expect(await sealedIds()).toEqual([{ new: 400 }, { new: 400 }]);
  });

  it('waits for a row that is held, and does not write over what became of it', async () => {
    const [wiped, kept] = await plant(ring(OLD), 'acme', 2);
    await withClient(database.superuserUrl, async (client) => {
      await client.query('BEGIN');
      await client.query('UPDATE delivery SET message_sealed = NULL WHERE id = $1', [wiped]);
      const notes: string[] = [];
      const child = started('keys', 'rotate');
      createInterface({ input: child.stderr! }).on('line', (line) => notes.push(line));
      const ended = once(child, 'exit') as Promise<[number]>;
      await eventually(() => notes.filter((line) => line === 'messages: 1 sealed again').length > 1);
      await client.query('COMMIT');
      expect((await ended)[0]).toBe(0);
    });
    const rows = await query<{ id: string; sealed: Buffer | null }>(
      'SELECT id, message_sealed AS sealed FROM delivery ORDER BY id',
    );
    expect(rows.map(({ id, sealed }) => [id, sealed === null])).toEqual([
      [wiped, true],
      [kept, false],
    ]);
  });

  it('leaves and reports what no key opens', async () => {
    await plant(ring(key('lost')), 'acme', 2);
    await plant(ring(OLD), 'globex', 1);
    const { code, out, notes } = await rotate(BOTH);
    expect(code).toBe(1);
    expect(notes.join('\n')).toContain('2 messages cannot be opened');
    expect(out.join('\n')).toMatch(
      /lost: is needed until .* and is not in SECRET_KEYS: 2 messages, 2 outcomes/,
    );
    expect(await keyIdsOf('delivery', 'message_sealed')).toEqual({ new: 1, lost: 2 });
  });

  it('tells what needs the old key and until when, and when it may go', async () => {
    const soon = new Date(Date.now() + 600_000);
    const later = new Date(Date.now() + 3_600_000);
    await plantOpenChallenge('old', 'old', soon);
    await plantOpenChallenge('new', 'old', soon);
    await plantOpenChallenge('new', 'new', later);
    await query(
      `INSERT INTO limit_counter (tenant_id, key, count, window_ends_at, key_id) VALUES
         ('acme', '\\x01', 1, $1, 'old'), ('acme', '\\x02', 1, now() - interval '1 hour', 'old'), ('acme', '\\x03', 1, $1, 'new')`,
      later,
    );
    const { out } = await rotate(BOTH);
    expect(out.at(-1)).toBe(`old: is needed until ${later.toISOString()}: 2 challenges, 1 counter`);
    await query('TRUNCATE challenge, limit_counter');
    expect((await rotate(BOTH)).out.at(-1)).toBe('old: nothing in the database needs it, it may go');
  });

  it("refuses the API's role, which may not look across tenants", async () => {
    const { code, notes } = await acs(['keys', 'rotate'], {
      env: { DATABASE_URL: database.apiUrl, SECRET_KEYS: BOTH },
    });
    expect(code).toBe(1);
    expect(notes[0]).toContain("needs the worker's login role");
  });

  describe('doctor', () => {
    const diagnose = (url: string, secretKeys = NEW): ReturnType<typeof doctor> =>
      doctor({ DATABASE_URL: url, SECRET_KEYS: secretKeys });

    it('fails on rows that need a key which is not in the ring', async () => {
      await plantOpenChallenge('old', 'old', new Date(Date.now() + 600_000));
      await plant(ring(OLD), 'acme', 2);
      const { code, of } = await diagnose(database.workerUrl);
      expect(code).toBe(1);
      expect(of('keys')).toMatch(
        /^fail the key "old" is not in SECRET_KEYS and is needed until .*: 1 challenge, 2 messages, 2 outcomes; put it back behind the first$/,
      );
      expect((await diagnose(database.workerUrl, BOTH)).of('keys')).toBe(
        'ok everything in the database has its key',
      );
    });

    it("asks the owner where the API's role may not look, and warns where nobody may", async () => {
      const env = { DATABASE_URL: database.apiUrl, SECRET_KEYS: NEW };
      expect((await doctor(env)).of('keys')).toMatch(/^warn .*worker/);
      const owner = { ...env, MIGRATION_DATABASE_URL: database.ownerUrl };
      expect((await doctor(owner)).of('keys')).toMatch(/^ok /);
    });
  });

  async function plantOpenChallenge(answerKey: string, indexKey: string, expiresAt: Date): Promise<void> {
    await query(
      `INSERT INTO challenge (tenant_id, id, type, state, policy_id, policy_alias, policy_version, require_action, metadata,
         answer_key_id, answer_mac, index_key_id, attempts_max, resends_max, complete_within_seconds, created_at, expires_at)
       VALUES ('acme', $1, 'EMAIL_OTP', 'ISSUED', $1, 'a', 1, false, '{}', $2, '\\x00', $3, 5, 0, 300, now(), $4)`,
      uuidv7(),
      answerKey,
      indexKey,
      expiresAt,
    );
  }

  function started(...args: string[]): ChildProcess {
    const entry = fileURLToPath(new URL('../../src/main.acs.js', import.meta.url));
    return spawn(process.execPath, [entry, ...args], {
      env: { ...systemEnvironment(), DATABASE_URL: database.workerUrl, SECRET_KEYS: BOTH },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }
});
