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

  /** Four attempts under way, and what records them as sent together, each with a name of its own. */
  async function fourBegun(): Promise<{
    readonly attempts: Attempt[];
    readonly record: (attempts: readonly Attempt[]) => Promise<unknown>;
  }> {
    await Promise.all(Array.from({ length: 4 }, () => rig.add()));
    const { begin, conclude } = rig.parts({ providers: [new RecordingProvider()], limits: FAST });
    const claims = await rig.routing.claim(4, FAST.leaseMs);
    return {
      attempts: await Promise.all(claims.map(async (claim) => (await begin.execute(claim, FAST))!)),
      record: (attempts) =>
        Promise.all(
          attempts.map(async (attempt) => {
            const providerMessageId = `message-${attempt.deliveryId}`;
            await conclude.execute(attempt, { kind: 'SENT', providerMessageId }, FAST);
          }),
        ),
    };
  }

  it('is each its own of several that are recorded together', async () => {
    const { attempts, record } = await fourBegun();
    const [plain, stale, heard, last] = attempts.sort((one, other) =>
      one.deliveryId < other.deliveryId ? -1 : 1,
    );
    const receipt = { provider: heard!.provider, messageId: 'message-1', status: 'DELIVERED', cause: null };
    const { over } = await holding(
      `UPDATE delivery SET fence = fence + 1 WHERE id = '${stale!.deliveryId}';
       UPDATE delivery SET receipt = '${JSON.stringify(receipt)}' WHERE id = '${heard!.deliveryId}'`,
      0.5,
    );
    await record(attempts);
    await over;
    const rows = await Promise.all(
      [plain, stale, heard, last].map((attempt) => rig.row(attempt!.deliveryId)),
    );
    expect(rows.map(({ status, provider_message_id: name }) => [status, name])).toEqual([
      ['SENT', `message-${plain!.deliveryId}`],
      ['SENDING', null],
      ['DELIVERED', 'message-1'],
      ['SENT', `message-${last!.deliveryId}`],
    ]);
  });

  it('is each its own of several from two days', async () => {
    const { attempts, record } = await fourBegun();
    // To the database two of them are from the day before.
    const yesterday = new Map<string, string>();
    for (const { deliveryId } of attempts.slice(0, 2)) {
      const made = Number.parseInt(deliveryId.replaceAll('-', '').slice(0, 12), 16) - 86_400_000;
      const hex = made.toString(16).padStart(12, '0');
      const earlier = `${hex.slice(0, 8)}-${hex.slice(8)}${deliveryId.slice(13)}`;
      yesterday.set(deliveryId, earlier);
      await database.query('UPDATE delivery SET id = $2 WHERE id = $1', [deliveryId, earlier]);
      await database.query('UPDATE delivery_attempt SET delivery_id = $2 WHERE delivery_id = $1', [
        deliveryId,
        earlier,
      ]);
    }
    const moved = attempts.map((attempt) => ({
      ...attempt,
      deliveryId: yesterday.get(attempt.deliveryId) ?? attempt.deliveryId,
    }));
    await record(moved);
    for (const { deliveryId } of moved) {
      expect(await rig.row(deliveryId)).toMatchObject({
        status: 'SENT',
        provider_message_id: `message-${deliveryId}`,
      });
      expect(await rig.auditEvents(deliveryId)).toEqual(['delivery.sent']);
    }
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
