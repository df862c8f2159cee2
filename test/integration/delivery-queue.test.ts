import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import Bull, { type Queue } from 'bull';
import { v7 as uuidv7 } from 'uuid';
import type { Claim } from '../../src/delivery/application/delivery-store.js';
import { DELIVERY_LIMITS } from '../../src/delivery/domain/limits.js';
import { BullDispatcher } from '../../src/delivery/queue/bull-dispatcher.js';
import {
  claimsIn,
  DELIVERY_QUEUE,
  type DeliveryJob,
  deliveryQueueOptions,
} from '../../src/delivery/queue/delivery-queue.js';
import { RedisConnections } from '../../src/delivery/queue/redis-connections.js';
import { Holding, RecordingProvider } from '../support/recording-provider.js';
import { describeOnRedis } from '../support/redis-server.js';
import { redisDatabaseUrl } from './delivery-database.js';
import { type DeliveryRig, eventually, type Mode, TENANT } from './delivery-rig.js';
import { settingOfDeliveries } from './delivery-setting.js';

const REDIS_INDEX = 9;
const LIMITS = DELIVERY_LIMITS;
/** Nobody claims again what a job names. */
const LEASE_MS = 60_000;

let rig: DeliveryRig;
settingOfDeliveries(REDIS_INDEX, (setting) => ({ rig } = setting));

describeOnRedis('The queue', () => {
  const redisUrl = redisDatabaseUrl(REDIS_INDEX) ?? '';
  const mode: Mode = { kind: 'bull', redisUrl };
  let connections: RedisConnections;
  let queue: Queue<DeliveryJob>;

  beforeEach(() => {
    connections = new RedisConnections({ kind: 'single', url: redisUrl });
    queue = new Bull<DeliveryJob>(DELIVERY_QUEUE, deliveryQueueOptions(connections));
  });

  afterEach(async () => {
    await queue.close(true);
    connections.close();
  });

  /** What a relay claims whose process is gone before it takes a job. */
  async function claimed(count: number, tenants = [TENANT]): Promise<readonly Claim[]> {
    await Promise.all(
      tenants.flatMap((tenant) => Array.from({ length: count }, () => rig.add({}, 120_000, tenant))),
    );
    return await rig.routing.claim(count * tenants.length, LEASE_MS);
  }

  /** As that process had handed them over; returns what room it had before and after. */
  async function dispatch(claims: readonly Claim[], concurrency: number): Promise<number[]> {
    const dispatcher = new BullDispatcher(queue, rig.parts({ providers: [], concurrency }).work);
    const before = await dispatcher.room();
    await dispatcher.dispatch(claims);
    return [before, await dispatcher.room()];
  }

  it('has several claims in a job, of any tenants, which whoever takes it delivers', async () => {
    const claims = await claimed(12, [TENANT, 'globex']);
    const rooms = await dispatch(claims, 100);
    const jobs = await queue.getWaiting();
    expect(jobs).toHaveLength(3);
    expect(jobs.flatMap(({ data }) => claimsIn(data).map(({ id }) => id)).toSorted()).toEqual(
      claims.map(({ id }) => id).toSorted(),
    );
    expect(rooms).toEqual([200, 170]);
    const provider = new RecordingProvider();
    await rig.start({ mode, providers: [provider], limits: LIMITS });
    const rows = await Promise.all(claims.map(({ id }) => rig.until(id, ['SENT'])));
    expect(new Set(rows.map(({ attempts, fence }) => `${attempts} ${fence}`))).toEqual(new Set(['1 2']));
    expect(provider.received).toHaveLength(24);
  });

  it('has no more of them in a job than its workers send at once', async () => {
    await dispatch(await claimed(5), 2);
    expect(await queue.getWaitingCount()).toBe(3);
  });

  it('is left alone by a worker that is full, so that others have what waits', async () => {
    const holding = new Holding();
    const slow = new RecordingProvider([holding.behaviour]);
    const claims = await claimed(40);
    await dispatch(claims, 2);
    const limits = { ...LIMITS, sendMs: 40_000, leaseMs: 60_000 };
    const { dispatcher, work } = await rig.start({ mode, providers: [slow], concurrency: 2, limits });
    await eventually(() => Promise.resolve(holding.count === 2 && work.isFull ? true : undefined));
    // Longer than a queue stands still that hands out no jobs.
    await delay(12_000);
    expect(dispatcher.mode).toBe('bull');
    // Two are sent and two wait, and the other of two jobs that were being taken at once brought two more.
    expect(work.waits).toBeLessThanOrEqual(4);
    const others = new RecordingProvider();
    await rig.start({ mode, providers: [others], concurrency: 2, limits: LIMITS });
    await eventually(() => Promise.resolve(others.received.length >= 34 ? true : undefined));
    await holding.letAllGoUntil(Promise.all(claims.map(({ id }) => rig.until(id, ['SENT']))));
  }, 60_000);

  it('holds up no delivery for what its job names besides', async () => {
    const [claim] = await claimed(1);
    const names = [`${uuidv7()}:1`, `${'-'.repeat(36)}:1`, `${claim!.id}:${claim!.fence}`];
    await queue.addBulk([{ data: { claims: names } }, { data: {} as DeliveryJob }]);
    await rig.start({ mode, providers: [new RecordingProvider()], limits: LIMITS });
    expect(await rig.until(claim!.id, ['SENT'])).toMatchObject({ attempts: 1 });
    await eventually(async () => ((await queue.count()) + (await queue.getActiveCount()) ? undefined : true));
    expect(await queue.getFailedCount()).toBe(0);
  });
});
