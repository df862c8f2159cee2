import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { register } from 'prom-client';
import { ProviderError } from '../../src/delivery/application/provider.js';
import { RecordingProvider } from '../support/recording-provider.js';
import { createDeliveryDatabase, type DeliveryDatabase } from './delivery-database.js';
import { DeliveryRig, eventually, FAST } from './delivery-rig.js';

const MODE = { kind: 'direct' } as const;
const LIMITS = { ...FAST, leaseMs: 1_000, sendMs: 500 };

interface Told {
  readonly level: string;
  readonly msg?: string;
  readonly deliveryId?: string;
  readonly [fact: string]: unknown;
}

let database: DeliveryDatabase;
let rig: DeliveryRig;
const told: Told[] = [];

/** How many deliveries the metric has of these labels; undefined for a series that is not there. */
const counted = async (status: string, reason: string, channel = 'EMAIL'): Promise<number | undefined> => {
  const metric = await register.getSingleMetric('acs_deliveries_ended_total')!.get();
  return metric.values.find(
    ({ labels }) =>
      labels['channel'] === channel && labels['status'] === status && labels['reason'] === reason,
  )?.value;
};

/** A delivery whose worker is lost in every attempt that it may have. */
const losing = async (): Promise<string> => {
  const id = await rig.add();
  const dying = rig.parts({ providers: [new RecordingProvider()], limits: LIMITS });
  for (let crash = 1; crash <= LIMITS.maxAttempts; crash += 1) {
    const claim = await eventually(async () => (await rig.routing.claim(1, LIMITS.leaseMs))[0]);
    await dying.begin.execute(claim, LIMITS);
  }
  return id;
};

beforeAll(async () => {
  database = await createDeliveryDatabase();
});

afterAll(async () => {
  await database.drop();
});

beforeEach(() => {
  told.length = 0;
  const tell =
    (level: string) =>
    (message: unknown): void =>
      void told.push({ level, ...(message as object) });
  Logger.overrideLogger({
    log: tell('log'),
    warn: tell('warn'),
    error: tell('error'),
    debug: tell('debug'),
  });
  rig = new DeliveryRig(database);
});

afterEach(async () => {
  await rig.stopAll();
  await database.query('DELETE FROM delivery');
});

describe('A delivery that ends without being sent', () => {
  it('is an error in the log when it is dead, and counted from a zero that was there before', async () => {
    expect([
      await counted('dead', 'attempts_exhausted'),
      await counted('dead', 'attempts_exhausted', 'SMS'),
    ]).toEqual([0, 0]);
    const id = await losing();
    await rig.start({ mode: MODE, providers: [new RecordingProvider()], limits: LIMITS });
    await rig.until(id, ['DEAD']);
    await eventually(() => Promise.resolve(told.find(({ level }) => level === 'error')));
    expect(told.filter(({ deliveryId, level }) => deliveryId === id && level === 'error')).toEqual([
      {
        level: 'error',
        msg: 'delivery dead: its workers were lost with it',
        tenant: 'acme',
        deliveryId: id,
        attempts: 4,
        status: 'DEAD',
        reason: 'ATTEMPTS_EXHAUSTED',
      },
    ]);
    expect(await counted('dead', 'attempts_exhausted')).toBe(1);
  });

  it.each<[string, () => Promise<string>]>([
    [
      'TOO_LATE',
      async () => {
        rig.configuration.emailEnabled = false;
        return await rig.add({}, 300);
      },
    ],
    ['MESSAGE_UNREADABLE', async () => await new DeliveryRig(database).add()],
  ])('is a warning in the log when it is %s, and counted', async (reason, begin) => {
    const before = (await counted('failed', reason.toLowerCase())) ?? 0;
    await rig.start({ mode: MODE, providers: [new RecordingProvider()] });
    const id = await begin();
    await rig.until(id, ['FAILED']);
    await eventually(() => Promise.resolve(told.find(({ deliveryId }) => deliveryId === id)));
    expect(told.filter(({ deliveryId }) => deliveryId === id)).toEqual([
      expect.objectContaining({ level: 'warn', msg: 'delivery ended unsent', status: 'FAILED', reason }),
    ]);
    expect(await counted('failed', reason.toLowerCase())).toBe(before + 1);
  });

  it('is counted once when its last attempt is refused, and not before', async () => {
    const refuse = (): Promise<never> => Promise.reject(new ProviderError('TRANSIENT', 'busy'));
    await rig.start({ mode: MODE, providers: [new RecordingProvider([refuse])] });
    await rig.until(await rig.add(), ['FAILED']);
    await eventually(async () => await counted('failed', 'provider_unavailable'));
    expect(await counted('failed', 'provider_unavailable')).toBe(1);
  });
});

describe('A delivery that was sent', () => {
  it('is counted without a reason', async () => {
    const before = (await counted('sent', 'none')) ?? 0;
    await rig.start({ mode: MODE, providers: [new RecordingProvider()] });
    await rig.until(await rig.add(), ['SENT']);
    await eventually(async () => ((await counted('sent', 'none')) === before + 1 ? true : undefined));
  });
});
