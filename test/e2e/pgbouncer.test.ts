import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { processDataSource } from '../../src/database/data-source.js';
import { PgTransactor } from '../../src/database/pg-transactor.js';
import type { ProcessDataSource } from '../../src/database/process-data-source.js';
import type { Transaction } from '../../src/shared/transactor.js';
import { type Acs, startAcs } from '../support/acs.js';
import { CoreDatabase } from '../support/core-database.js';
import { tokenPolicy } from '../support/core-policies.js';
import { tally, wrongFor } from '../support/core-proof.js';
import {
  begin,
  finish,
  LIFE_POLICIES,
  lifeThatIsCancelled,
  lifeWithAResend,
  lifeWithoutAnEnd,
  type LifeWorld,
  TYPES,
} from '../support/lives.js';
import { describeOnPgBouncer, MODES, PgBouncer, SERVER_CONNECTIONS } from '../support/pgbouncer.js';

const WRONG = 60;
const RIGHT = 30;
const TENANTS = 20;
const ROUNDS = 10;
const HELD = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
const TIMES = `SELECT ${HELD.map((name) => `current_setting('${name}') AS ${name}`).join()}`;

describeOnPgBouncer.each(MODES)('Behind PgBouncer in transaction mode, told by pgbouncer=%s,', (mode) => {
  let pgbouncer: PgBouncer;
  let acs: Acs;
  let database: CoreDatabase;
  let direct: ProcessDataSource;
  let shared: ProcessDataSource;

  beforeAll(async () => {
    acs = await startAcs({
      apis: 2,
      policies: LIFE_POLICIES,
      reach: async (reached) => {
        pgbouncer = await PgBouncer.start(reached);
        return {
          apiUrl: pgbouncer.through(reached.apiUrl, mode),
          workerUrl: pgbouncer.through(reached.workerUrl, mode),
        };
      },
    });
    database = new CoreDatabase(acs.database.superuserUrl);
    const connect = (url: string): Promise<ProcessDataSource> =>
      processDataSource({ url, poolSize: 16, applicationName: 'acs-test', entities: [] }).initialize();
    direct = await connect(acs.database.apiUrl);
    shared = await connect(pgbouncer.through(acs.database.apiUrl, mode));
    await acs.api('acme').createPolicy(tokenPolicy('race', { maxAttempts: 3 }));
  });

  afterAll(async () => {
    await Promise.all([direct.destroy(), shared.destroy()]);
    await acs.stop();
    await pgbouncer.stop();
  });

  function world(tenant: 'acme' | 'globex'): LifeWorld {
    const callers = [acs.api(tenant, undefined, 0), acs.api(tenant, undefined, 1)];
    let steps = 0;
    return { mailbox: acs.mailbox, database, next: () => callers[(steps += 1) % 2]! };
  }

  it('leads challenges of each type and of two tenants through their whole life at once', async () => {
    const lives = (['acme', 'globex'] as const).flatMap((tenant) => [
      ...TYPES.map(async (type) => {
        const each = world(tenant);
        await finish(each, await begin(each, type));
      }),
      ...[lifeThatIsCancelled, lifeWithAResend, lifeWithoutAnEnd].map((live) => live(world(tenant))),
    ]);
    await Promise.all(lives);
  });

  it('compares no answer more than there are attempts, and accepts one of many right ones', async () => {
    const callers = [acs.api('acme', undefined, 0), acs.api('acme', undefined, 1)];
    const { body: guessed } = await callers[0]!.createChallenge({ policyAlias: 'race' });
    const wrong = await Promise.all(
      Array.from({ length: WRONG }, (_, index) =>
        callers[index % 2]!.answer(guessed.id, wrongFor(guessed.token!)),
      ),
    );
    expect(tally(wrong)['answer-incorrect']).toBe(3);
    expect(await database.attemptsUsed(guessed.id)).toBe(3);
    const { body: known } = await callers[0]!.createChallenge({ policyAlias: 'race' });
    const right = await Promise.all(
      Array.from({ length: RIGHT }, (_, index) => callers[index % 2]!.answer(known.id, known.token!)),
    );
    expect(tally(right)).toEqual({ '200': 1, 'challenge-state-conflict': RIGHT - 1 });
  });

  it('never mixes tenants that take turns on a connection, and leaves none behind', async () => {
    const transactor = new PgTransactor(shared);
    const names = Array.from({ length: TENANTS }, (_, index) => `tenant-${index}`);
    const counters = (tx: Transaction): Promise<{ tenant_id: string }[]> =>
      tx.rows({ name: 'proof-counters', text: 'SELECT tenant_id FROM limit_counter', values: [] });
    await Promise.all(
      names.map((name) =>
        transactor.inOneTrip(name, async (tx) => {
          tx.run({
            name: 'proof-count',
            text: `INSERT INTO limit_counter (tenant_id, key, count, window_ends_at) VALUES ($1, $2, 1, now() + interval '1 hour')`,
            values: [name, Buffer.from('key')],
          });
          return Promise.resolve();
        }),
      ),
    );
    const seen = await Promise.all(
      names.flatMap((name) =>
        Array.from(
          { length: ROUNDS },
          async () => [name, await transactor.inTenant(name, counters)] as const,
        ),
      ),
    );
    for (const [name, rows] of seen) expect(rows).toEqual([{ tenant_id: name }]);
    for (let round = 0; round < ROUNDS; round += 1)
      expect(await shared.query('SELECT FROM limit_counter')).toHaveLength(0);
  });

  it('holds the times that hold without it, in transactions and for single statements', async () => {
    const [wanted] = await direct.query<[Record<string, string>]>(TIMES);
    expect(wanted).toEqual({
      statement_timeout: '5s',
      lock_timeout: '2s',
      idle_in_transaction_session_timeout: '10s',
    });
    expect(await shared.query(TIMES)).toEqual([wanted]);
    const inside = (tx: Transaction): Promise<object[]> => tx.rows({ text: TIMES, values: [] });
    expect(await new PgTransactor(shared).inTenant('acme', inside)).toEqual([wanted]);
  });

  it('gives up on a lock in time', async () => {
    const caller = acs.api('acme');
    const { body } = await caller.createChallenge({ policyAlias: 'race' });
    const held = await database.holdRow(body.id);
    try {
      expect(await caller.cancel(body.id)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    } finally {
      await held.open();
    }
    expect(await caller.cancel(body.id)).toMatchObject({ status: 200, body: { state: 'CANCELLED' } });
  });

  it('shares a few connections to the server among all processes of a role', async () => {
    const { username } = new URL(acs.database.apiUrl);
    await direct.destroy();
    const [{ sessions } = { sessions: -1 }] = await database.rows<{ sessions: number }>(
      'SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE usename = $1',
      username,
    );
    expect(sessions).toBeGreaterThan(0);
    expect(sessions).toBeLessThanOrEqual(SERVER_CONNECTIONS + 1);
    await direct.initialize();
  });
});
