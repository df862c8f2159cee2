import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Attempt } from '../../src/delivery/application/attempt.js';
import { accept, RecordingProvider } from '../support/recording-provider.js';
import { createDeliveryDatabase, type DeliveryDatabase } from './delivery-database.js';
import { DeliveryRig, eventually, FAST } from './delivery-rig.js';

describe('A hand-over that is recorded while somebody else has the row', () => {
  let database: DeliveryDatabase;
  let rig: DeliveryRig;

  beforeAll(async () => {
    database = await createDeliveryDatabase();
  });

  afterAll(async () => {
    await database.drop();
  });

  beforeEach(() => {
    rig = new DeliveryRig(database);
  });

  afterEach(async () => {
    await rig.stopAll();
  });

  /** Somebody else has what a statement locks, for so many seconds from now on. */
  async function holding(statement: string, seconds: number): Promise<{ readonly over: Promise<unknown> }> {
    const over = database.query(`BEGIN; ${statement}; SELECT pg_sleep(${seconds}); COMMIT`);
    await eventually(async () => {
      const asleep = await database.query(`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`);
      return asleep.length > 0 ? true : undefined;
    });
    return { over };
  }

  /** Records a message as sent while a change to its delivery is about to be committed; its row and its audit trail afterwards. */
  async function recordedBehind(change: (attempt: Attempt) => string): Promise<{
    readonly row: Awaited<ReturnType<DeliveryRig['row']>>;
    readonly events: readonly string[];
    readonly outcome: string | null;
  }> {
    const id = await rig.add();
    const { begin, conclude } = rig.parts({ providers: [new RecordingProvider()], limits: FAST });
    const claim = await eventually(async () => (await rig.routing.claim(1, FAST.leaseMs))[0]);
    const attempt = (await begin.execute(claim, FAST))!;
    const { over } = await holding(`UPDATE delivery SET ${change(attempt)} WHERE id = '${id}'`, 0.5);
    await conclude.execute(attempt, { kind: 'SENT', providerMessageId: 'message-1' }, FAST);
    await over;
    const [made] = await rig.attempts(id);
    return { row: await rig.row(id), events: await rig.auditEvents(id), outcome: made!.outcome };
  }

  it('is settled by a receipt that comes meanwhile', async () => {
    const { row, events, outcome } = await recordedBehind(({ provider }) => {
      const receipt = { provider, messageId: 'message-1', status: 'DELIVERED', cause: null };
      return `receipt = '${JSON.stringify(receipt)}'`;
    });
    expect(row.status).toBe('DELIVERED');
    expect(events).toEqual(['delivery.delivered']);
    expect(outcome).toBe('SENT');
  });

  it('is not recorded when the delivery was claimed anew meanwhile', async () => {
    const { row, events, outcome } = await recordedBehind(() => 'fence = fence + 1');
    expect(row.status).toBe('SENDING');
    expect(events).toEqual([]);
    expect(outcome).toBeNull();
  });

  it('has left its place to the next already', async () => {
    let over: Promise<unknown> = Promise.resolve();
    const slow = await rig.add();
    const provider = new RecordingProvider([
      async (message, signal) => {
        if (message.deliveryId === slow)
          ({ over } = await holding(`SELECT FROM delivery WHERE id = '${slow}' FOR UPDATE`, 1.5));
        return await accept(message, signal);
      },
    ]);
    await rig.start({ mode: { kind: 'direct' }, providers: [provider], concurrency: 1 });
    await eventually(() => Promise.resolve(provider.times(slow) === 1 ? true : undefined));
    // Of another tenant: those of one share transactions, and this one waits.
    const next = await rig.add({}, 120_000, 'globex');
    await eventually(() => Promise.resolve(provider.times(next) === 1 ? true : undefined));
    expect((await rig.row(slow)).status).toBe('SENDING');
    await over;
    await eventually(async () => ((await rig.row(slow)).status === 'SENT' ? true : undefined));
  });
});
