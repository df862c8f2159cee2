import { afterEach, beforeEach, expect, it } from '@jest/globals';
import Bull, { type Queue } from 'bull';
import { v7 as uuidv7 } from 'uuid';
import type { Claim } from '../../src/delivery/application/delivery-store.js';
import { BullDispatcher } from '../../src/delivery/queue/bull-dispatcher.js';
import {
  claimsIn,
  DELIVERY_QUEUE,
  type DeliveryJob,
  deliveryQueueOptions,
  JOB_CLAIMS,
} from '../../src/delivery/queue/delivery-queue.js';
import { RedisConnections } from '../../src/delivery/queue/redis-connections.js';
import { RecordingProvider } from '../support/recording-provider.js';
import { describeOnRedis } from '../support/redis-server.js';
import { redisDatabaseUrl } from './delivery-database.js';
import type { DeliveryRig, Mode } from './delivery-rig.js';
import { settingOfDeliveries } from './delivery-setting.js';

const REDIS_INDEX = 9;
const DELIVERIES = 2 * JOB_CLAIMS + 3;
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

  /** As a worker does that is gone before it takes a job. */
  async function claimed(count: number): Promise<readonly Claim[]> {
    await Promise.all(Array.from({ length: count }, () => rig.add()));
    return await rig.routing.claim(count, LEASE_MS);
  }

  it('has several claims in a job, which whoever takes it delivers', async () => {
    const { work } = rig.parts({ providers: [], concurrency: 100 });
    const dispatcher = new BullDispatcher(queue, work);
    const before = await dispatcher.room();
    const claims = await claimed(DELIVERIES);
    await dispatcher.dispatch(claims);
    const jobs = await queue.getWaiting();
    expect(jobs.flatMap(({ data }) => claimsIn(data)).map(({ id }) => id)).toEqual(
      expect.arrayContaining(claims.map(({ id }) => id)),
    );
    expect(jobs).toHaveLength(3);
    expect(await dispatcher.room()).toBe(before - 3 * JOB_CLAIMS);
    const provider = new RecordingProvider();
    await rig.start({ mode, providers: [provider] });
    const rows = await Promise.all(claims.map(({ id }) => rig.until(id, ['SENT'])));
    expect(new Set(rows.map(({ attempts, fence }) => `${attempts} ${fence}`))).toEqual(new Set(['1 2']));
    expect(provider.received).toHaveLength(DELIVERIES);
  });

  it('holds up no delivery for what its job names besides', async () => {
    const [claim] = await claimed(1);
    const names = [`${uuidv7()}:1`, 'nothing of ours', `${claim!.id}:${claim!.fence}`];
    await queue.addBulk([{ data: { claims: names } }, { data: {} as DeliveryJob }]);
    await rig.start({ mode, providers: [new RecordingProvider()] });
    expect(await rig.until(claim!.id, ['SENT'])).toMatchObject({ attempts: 1 });
    expect(await queue.getFailedCount()).toBe(0);
  });
});
