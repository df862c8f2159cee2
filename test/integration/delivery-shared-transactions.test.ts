import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Attempt } from '../../src/delivery/application/attempt.js';
import type { Claim } from '../../src/delivery/application/delivery-store.js';
import { SharedTransactions } from '../../src/delivery/application/shared-transactions.js';
import type { AttemptOutcome } from '../../src/delivery/domain/conclude.js';
import { type Transaction, Transactor } from '../../src/shared/transactor.js';
import { RecordingProvider } from '../support/recording-provider.js';
import { createDeliveryDatabase, type DeliveryDatabase } from './delivery-database.js';
import { DeliveryRig } from './delivery-rig.js';

const MANY = 120;

/** Counts the transactions that are asked of the real one. */
class CountingTransactor extends Transactor {
  transactions = 0;

  constructor(private readonly inner: Transactor) {
    super();
  }

  inTenant<T>(tenant: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    this.transactions += 1;
    return this.inner.inTenant(tenant, work);
  }

  inOneTrip<T>(tenant: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.inner.inOneTrip(tenant, work);
  }
}

let database: DeliveryDatabase;
let counting: CountingTransactor;
let shared: SharedTransactions;

beforeAll(async () => {
  database = await createDeliveryDatabase();
});

afterAll(async () => {
  await database.drop();
});

beforeEach(() => {
  counting = new CountingTransactor(new DeliveryRig(database).transactor);
  shared = new SharedTransactions(counting);
});

type Work<T> = (tx: Transaction) => Promise<T>;

async function share<T>(tenant: string, subject: string, work: Work<T>): Promise<T> {
  return (await shared.inTenant(tenant, subject, work, inTurn)) as T;
}

async function inTurn(tx: Transaction, works: readonly Work<unknown>[]): Promise<unknown[]> {
  const results = [];
  for (const work of works) results.push(await work(tx));
  return results;
}

/** The transaction's own number and tenant, and a value that went there and back. */
async function ask(tx: Transaction, value: number): Promise<{ xid: string; tenant: string; value: number }> {
  const [row] = await tx.rows<{ xid: string; tenant: string; value: number }>({
    text: `SELECT pg_current_xact_id()::text AS xid, current_setting('acs.tenant_id') AS tenant, $1::int AS value`,
    values: [value],
  });
  return row!;
}

describe('Deliveries share transactions', () => {
  it('what comes together goes together, each with its own result', async () => {
    const answers = await Promise.all(
      Array.from({ length: MANY }, (_, value) => share('acme', `subject-${value}`, (tx) => ask(tx, value))),
    );
    expect(answers.map(({ value }) => value)).toEqual(Array.from({ length: MANY }, (_, value) => value));
    expect(new Set(answers.map(({ xid }) => xid)).size).toBe(3);
    expect(counting.transactions).toBe(3);
  });

  it('what comes soon after waits a moment, to go together', async () => {
    const one = async (value: number): Promise<unknown> =>
      await share('acme', `subject-${value}`, (tx) => ask(tx, value));
    const counts = [];
    // A machine that stands still for a moment may part them, but not each time.
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([one(0), one(1)]);
      const before = counting.transactions;
      const coming = [];
      for (let value = 2; value < 6; value += 1) {
        coming.push(one(value));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await Promise.all(coming);
      counts.push(counting.transactions - before);
    }
    expect(Math.min(...counts)).toBe(1);
  });

  it('no two tenants do', async () => {
    const tenants = ['acme', 'globex', 'initech'];
    const answers = await Promise.all(
      Array.from({ length: MANY }, (_, value) =>
        share(tenants[value % 3]!, `subject-${value}`, (tx) => ask(tx, value)),
      ),
    );
    for (const { tenant, value } of answers) expect(tenant).toBe(tenants[value % 3]);
    const tenantsOf = new Map<string, Set<string>>();
    for (const { xid, tenant } of answers) tenantsOf.set(xid, (tenantsOf.get(xid) ?? new Set()).add(tenant));
    for (const sharing of tenantsOf.values()) expect(sharing.size).toBe(1);
  });

  it('no two pieces of work on one delivery do', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, value) => share('acme', 'the same', (tx) => ask(tx, value))),
    );
    expect(new Set(answers.map(({ xid }) => xid)).size).toBe(5);
  });

  it.each([
    ['a statement', (tx: Transaction) => tx.rows({ text: 'SELECT 1 / 0', values: [] })],
    [
      'a statement that nobody waits for',
      (tx: Transaction) => {
        tx.run({ text: 'SELECT 1 / 0', values: [] });
        return Promise.resolve([]);
      },
    ],
    ['the work', () => Promise.reject(new Error('division by zero'))],
  ])('one that fails in %s fails alone, and the others are done once', async (what, failing) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, value) =>
        share<unknown>('acme', `subject-${value}`, async (tx) => {
          if (value === 7) return await failing(tx);
          const answer = await ask(tx, value);
          // Inside the transaction: undone with it, done again with the next.
          tx.run({
            text: `INSERT INTO audit (tenant_id, id, event, issuer, client, object_id) VALUES ($1, gen_random_uuid(), $2, 'test', 'test', gen_random_uuid())`,
            values: [tx.tenant, `shared.${what.replaceAll(' ', '-')}.${value}`],
          });
          return answer.value;
        }),
      ),
    );
    expect(outcomes.flatMap(({ status }, value) => (status === 'rejected' ? [value] : []))).toEqual([7]);
    expect(outcomes[7]).toMatchObject({ reason: { message: 'division by zero' } });
    const rows = await counting.inTenant('acme', (tx) =>
      tx.rows<{ event: string; count: string }>({
        text: `SELECT event, count(*) FROM audit WHERE tenant_id = $1 AND starts_with(event, $2) GROUP BY event`,
        values: ['acme', `shared.${what.replaceAll(' ', '-')}.`],
      }),
    );
    expect(rows).toHaveLength(19);
    for (const { count } of rows) expect(Number(count)).toBe(1);
  });

  it('when one has failed, no other sends anything outside the transaction', async () => {
    const seen: (string | null)[] = [];
    const slow = async (tx: Transaction): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const [row] = await tx.rows<{ tenant: string | null }>({
        text: `SELECT current_setting('acs.tenant_id', true) AS tenant`,
        values: [],
      });
      seen.push(row!.tenant);
      return 'done';
    };
    await Promise.allSettled([
      shared.inTenant('acme', 'a', 'a', () => Promise.reject(new Error('it failed'))),
      shared.inTenant('acme', 'b', 'b', async (tx) => [await slow(tx)]),
    ]);
    expect(seen).toEqual(['acme', 'acme']);
  });

  it('after a failure the tenant goes on', async () => {
    await expect(share('acme', 'one', () => Promise.reject(new Error('it failed')))).rejects.toThrow(
      'it failed',
    );
    expect((await share('acme', 'two', (tx) => ask(tx, 2))).value).toBe(2);
  });

  it('they read the configuration once, and anew in the next', async () => {
    const rig = new DeliveryRig(database);
    const reads = jest.spyOn(rig.configuration, 'current');
    const { begin } = rig.parts({ providers: [new RecordingProvider()] });
    const claimed = async (count: number): Promise<readonly Claim[]> => {
      await Promise.all(Array.from({ length: count }, () => rig.add()));
      return await rig.routing.claim(count, 60_000);
    };
    const attempts = await Promise.all((await claimed(5)).map((claim) => begin.execute(claim)));
    expect(attempts.filter((attempt) => attempt !== undefined)).toHaveLength(5);
    expect(reads).toHaveBeenCalledTimes(1);
    await Promise.all((await claimed(1)).map((claim) => begin.execute(claim)));
    expect(reads).toHaveBeenCalledTimes(2);
  });

  it('each is begun and concluded as its own, whatever becomes of the others', async () => {
    const rig = new DeliveryRig(database);
    const { begin, conclude } = rig.parts({ providers: [new RecordingProvider()] });
    const beginAll = async (count: number): Promise<Attempt[]> => {
      const claims = await rig.routing.claim(count, 60_000);
      const begun = await Promise.all(claims.map((claim) => begin.execute(claim)));
      return begun.map((attempt) => attempt!);
    };
    await Promise.all(Array.from({ length: 3 }, () => rig.add()));
    const refused = await beginAll(3);
    await Promise.all(
      refused.map((attempt) =>
        conclude.execute(attempt, { kind: 'TRANSIENT', detail: 'busy', another: true }),
      ),
    );
    await Promise.all(Array.from({ length: 9 }, () => rig.add()));
    const attempts = await beginAll(12);
    expect(attempts.map(({ number }) => number).sort()).toEqual([...Array<number>(9).fill(1), 2, 2, 2]);
    const outcomeOf = ({ deliveryId }: Attempt, place: number): AttemptOutcome =>
      place % 4 === 3
        ? { kind: 'PERMANENT', detail: 'refused' }
        : { kind: 'SENT', providerMessageId: place % 4 === 2 ? null : `sent-${deliveryId}` };
    // One in twelve was taken over meanwhile.
    const stale = attempts[4]!;
    await database.query('UPDATE delivery SET fence = fence + 1 WHERE id = $1', [stale.deliveryId]);
    await Promise.all(attempts.map((attempt, place) => conclude.execute(attempt, outcomeOf(attempt, place))));
    for (const [place, attempt] of attempts.entries()) {
      const outcome = outcomeOf(attempt, place);
      const row = await rig.row(attempt.deliveryId);
      const [record] = await database.query<{ fence: number; provider: string; outcome: string | null }>(
        'SELECT fence, provider, outcome FROM delivery_attempt WHERE delivery_id = $1 AND number = $2',
        [attempt.deliveryId, attempt.number],
      );
      const audit = await database.query<{ event: string; attempts: string }>(
        `SELECT event, detail->>'attempts' AS attempts FROM audit WHERE object_id = $1`,
        [attempt.deliveryId],
      );
      expect(row.attempts).toBe(attempt.number);
      expect(record).toEqual({
        fence: attempt.fence,
        provider: attempt.provider,
        outcome: attempt === stale ? null : outcome.kind,
      });
      if (attempt === stale) {
        expect(row).toMatchObject({ status: 'SENDING', provider_message_id: null, fence: attempt.fence + 1 });
        expect(audit).toEqual([]);
      } else if (outcome.kind === 'SENT') {
        const { providerMessageId } = outcome;
        expect(row).toMatchObject({ status: 'SENT', provider_message_id: providerMessageId, due_at: null });
        expect(audit).toEqual([{ event: 'delivery.sent', attempts: String(attempt.number) }]);
      } else {
        expect(row).toMatchObject({ status: 'FAILED', error: 'PROVIDER_REFUSED', provider_message_id: null });
        expect(audit).toEqual([{ event: 'delivery.failed', attempts: String(attempt.number) }]);
      }
    }
  });
});
