import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Passage } from '../../src/delivery/application/deliver.js';
import { ProviderError } from '../../src/delivery/application/provider.js';
import { SqlDeliveryRecords } from '../../src/delivery/persistence/sql-delivery-records.js';
import { SqlReceiptStore } from '../../src/delivery/persistence/sql-receipt-store.js';
import { SqlAuditTrail } from '../../src/audit/sql-audit-trail.js';
import { accept, type Behaviour, hang, RecordingProvider } from '../support/recording-provider.js';
import type { DeliveryDatabase } from './delivery-database.js';
import { type DeliveryRig, eventually, FAST, TENANT } from './delivery-rig.js';
import { deliveryModes, settingOfDeliveries } from './delivery-setting.js';

const REDIS_INDEX = 10;
const CONCURRENCY = 4;
const QUICK = 24;
const DELIVERIES = 60;
/** On a machine that is busy, sends may be so slow that none is begun ahead of them. */
const MOST_TRIES = 10;

let database: DeliveryDatabase;
let rig: DeliveryRig;
settingOfDeliveries(REDIS_INDEX, (setting) => ({ database, rig } = setting));

/** A provider that is quick, then hangs in as many sends as there are places, and so on; it counts those at once. */
class Stalling {
  most = 0;
  private atOnce = 0;
  private asked = 0;

  readonly behaviour: Behaviour = async (message, signal) => {
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    this.asked += 1;
    try {
      if ((this.asked - 1) % (QUICK + CONCURRENCY) >= QUICK) return await hang(message, signal);
      await delay(2);
      return await accept(message, signal);
    } finally {
      this.atOnce -= 1;
    }
  };
}

describe.each(deliveryModes(REDIS_INDEX))('Deliveries that were begun ahead and go %s', (_, mode) => {
  it('lose no attempt to a provider that hangs, and never are more at once than there are places', async () => {
    const stalling = new Stalling();
    const provider = new RecordingProvider([stalling.behaviour]);
    let given: Awaited<ReturnType<typeof notMade>> = [];
    await rig.start({ mode, providers: [provider], concurrency: CONCURRENCY });
    for (let tries = 0; tries < MOST_TRIES && given.length === 0; tries += 1) {
      await Promise.all(Array.from({ length: DELIVERIES }, () => rig.add()));
      await eventually(async () => {
        const open = await database.query("SELECT 1 FROM delivery WHERE status <> 'SENT'");
        return open.length === 0 ? true : undefined;
      });
      given = await notMade();
    }
    expect(given.map(({ error }) => error)).toContain('no-place');
    for (const { delivery_id: id } of given) {
      const made = (await rig.attempts(id)).filter(({ outcome }) => outcome !== 'NOT_MADE');
      expect(made.at(-1)).toMatchObject({ outcome: 'SENT' });
      expect(provider.times(id)).toBe(made.length);
    }
    expect(stalling.most).toBe(CONCURRENCY);
  });
});

describe('An attempt that was not made', () => {
  const never: Passage = {
    handOver: new AbortController(),
    takePlace: () => Promise.resolve(false),
    leave: () => undefined,
  };

  it('does not count, however many there are, nor against its provider', async () => {
    const provider = new RecordingProvider([refusing, refusing, refusing, accept]);
    const { deliver, work } = rig.parts({
      providers: [provider, new RecordingProvider([refusing], 'other')],
    });
    const id = await rig.add();
    for (let time = 0; time <= FAST.maxAttempts; time += 1) {
      const [claim] = await rig.routing.claim(1, FAST.leaseMs);
      await deliver.execute(claim!, never, FAST);
      expect(await rig.row(id)).toMatchObject({ status: 'PENDING', attempts: time + 1 });
    }
    const facts = await rig.apiTransactor.inTenant(TENANT, (tx) =>
      new SqlDeliveryRecords().lockForRetry(tx, id),
    );
    expect(facts).toMatchObject({ attempts: FAST.maxAttempts + 1, notMade: FAST.maxAttempts + 1 });
    const claim = await eventually(async () => (await rig.routing.claim(1, FAST.leaseMs))[0]);
    work.take([claim]);
    await work.settle(10_000);
    expect((await rig.attempts(id)).at(-1)).toEqual({
      outcome: 'TRANSIENT',
      error: 'busy',
      provider: 'recording',
    });
    await rig.start({ mode: { kind: 'direct' }, providers: [provider] });
    expect(await rig.until(id, ['SENT'])).toMatchObject({ attempts: FAST.maxAttempts + 5 });
  });

  it('is due at once for whoever comes next', async () => {
    const { deliver } = rig.parts({ providers: [new RecordingProvider()] });
    const id = await rig.add();
    const [claim] = await rig.routing.claim(1, 60_000);
    await deliver.execute(claim!, never, { ...FAST, leaseMs: 60_000 });
    expect(await rig.routing.claim(1, 60_000)).toMatchObject([{ id, fence: 3 }]);
  });

  it('is none that a receipt could be about', async () => {
    const { deliver, work } = rig.parts({ providers: [new RecordingProvider()] });
    const id = await rig.add();
    const [claim] = await rig.routing.claim(1, FAST.leaseMs);
    await deliver.execute(claim!, never, FAST);
    const tried = async (): Promise<boolean | undefined> => {
      const receipt = { provider: 'recording', messageId: null, status: 'DELIVERED', cause: null } as const;
      const store = new SqlReceiptStore(new SqlAuditTrail());
      return await rig.apiTransactor.inTenant(TENANT, async (tx) => {
        return (await store.lock(tx, id, receipt))?.attempted;
      });
    };
    expect(await tried()).toBe(false);
    const [next] = await rig.routing.claim(1, FAST.leaseMs);
    work.take([next!]);
    await work.settle(10_000);
    expect(await tried()).toBe(true);
  });

  it('does not keep a delivery going that was withdrawn meanwhile', async () => {
    const { deliver, work } = rig.parts({ providers: [new RecordingProvider()] });
    const id = await rig.add();
    const [claim] = await rig.routing.claim(1, FAST.leaseMs);
    const withdrawing = {
      ...never,
      takePlace: async () => {
        await rig.withdraw(id, 'SUPERSEDED');
        return false;
      },
    };
    await deliver.execute(claim!, withdrawing, FAST);
    const [next] = await rig.routing.claim(1, FAST.leaseMs);
    work.take([next!]);
    await work.settle(10_000);
    expect(await rig.row(id)).toMatchObject({ status: 'FAILED', error: 'SUPERSEDED', attempts: 1 });
  });
});

const refusing: Behaviour = () => Promise.reject(new ProviderError('TRANSIENT', 'busy'));

async function notMade(): Promise<{ delivery_id: string; error: string }[]> {
  return await database.query("SELECT delivery_id, error FROM delivery_attempt WHERE outcome = 'NOT_MADE'");
}
