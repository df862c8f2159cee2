import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Attempt } from '../../src/delivery/application/attempt.js';
import { RecordingProvider } from '../support/recording-provider.js';
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
    const other = database.query(
      `BEGIN; UPDATE delivery SET ${change(attempt)} WHERE id = '${id}'; SELECT pg_sleep(0.5); COMMIT`,
    );
    await eventually(async () => {
      const asleep = await database.query(`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`);
      return asleep.length > 0 ? true : undefined;
    });
    await conclude.execute(attempt, { kind: 'SENT', providerMessageId: 'message-1' }, FAST);
    await other;
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
});
