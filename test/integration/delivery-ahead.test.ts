import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { Passage } from '../../src/delivery/application/deliver.js';
import { ProviderError } from '../../src/delivery/application/provider.js';
import { accept, type Behaviour, RecordingProvider } from '../support/recording-provider.js';
import { createDeliveryDatabase, type DeliveryDatabase, redisDatabaseUrl } from './delivery-database.js';
import { DeliveryRig, eventually, FAST, type Mode } from './delivery-rig.js';

const REDIS_URL = redisDatabaseUrl(10);

const MODES: [string, Mode][] = [['straight to the processor', { kind: 'direct' }]];
if (REDIS_URL !== undefined) MODES.push(['through Bull', { kind: 'bull', redisUrl: REDIS_URL }]);

const CONCURRENCY = 4;
const QUICK = 24;
const DELIVERIES = 80;

let database: DeliveryDatabase;
let redis: Redis | undefined;
let rig: DeliveryRig;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createDeliveryDatabase();
  if (REDIS_URL !== undefined) redis = new Redis(REDIS_URL);
});

afterAll(async () => {
  await redis?.flushdb();
  redis?.disconnect();
  await database.drop();
});

beforeEach(async () => {
  await redis?.flushdb();
  rig = new DeliveryRig(database);
});

afterEach(async () => {
  await rig.stopAll();
  await database.query('DELETE FROM delivery');
  await database.query('DELETE FROM delivery_attempt');
});

/** A provider that is quick, then takes nothing for as long as it is told to, and counts what it is asked at once. */
class Stalling {
  stalls = true;
  atOnce = 0;
  most = 0;
  private asked = 0;

  readonly behaviour: Behaviour = async (message, signal) => {
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    this.asked += 1;
    try {
      if (this.asked > QUICK && this.stalls) await untilAborted(signal);
      else await delay(2);
      return await accept(message, signal);
    } finally {
      this.atOnce -= 1;
    }
  };
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new ProviderError('UNKNOWN', 'timeout'));
    });
  });
}

describe.each(MODES)('Deliveries that were begun ahead and go %s', (_, mode) => {
  it('lose no attempt to a provider that hangs, and never are more at once than there are places', async () => {
    const stalling = new Stalling();
    const provider = new RecordingProvider([stalling.behaviour]);
    await Promise.all(Array.from({ length: DELIVERIES }, () => rig.add()));
    await rig.start({ mode, providers: [provider], concurrency: CONCURRENCY });
    await eventually(async () => ((await notMade()).length > 0 ? true : undefined));
    stalling.stalls = false;
    await eventually(async () => {
      const open = await database.query("SELECT 1 FROM delivery WHERE status <> 'SENT'");
      return open.length === 0 ? true : undefined;
    });
    const given = await notMade();
    // No more than were begun ahead at one time: while nothing is handed over none is.
    expect(given.length).toBeLessThanOrEqual(CONCURRENCY);
    for (const { delivery_id: id } of given) {
      expect(await rig.attempts(id)).toEqual([
        { outcome: 'NOT_MADE', error: 'no-place', provider: 'recording' },
        { outcome: 'SENT', error: null, provider: 'recording' },
      ]);
      expect(provider.times(id)).toBe(1);
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
    const claim = await eventually(async () => (await rig.routing.claim(1, FAST.leaseMs))[0]);
    await work.perform(claim);
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
    await work.perform(next!);
    expect(await rig.row(id)).toMatchObject({ status: 'FAILED', error: 'SUPERSEDED', attempts: 1 });
  });
});

const refusing: Behaviour = () => Promise.reject(new ProviderError('TRANSIENT', 'busy'));

async function notMade(): Promise<{ delivery_id: string }[]> {
  return await database.query("SELECT delivery_id FROM delivery_attempt WHERE outcome = 'NOT_MADE'");
}
