import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { createDeliveryDatabase, type DeliveryDatabase, redisDatabaseUrl } from './delivery-database.js';
import { DeliveryRig, type Mode } from './delivery-rig.js';

export interface DeliverySetting {
  readonly database: DeliveryDatabase;
  /** The database of its own in Redis; undefined where there is no Redis. */
  readonly redis: Redis | undefined;
  readonly rig: DeliveryRig;
}

/** The ways that claims can go, each with its name. */
export function deliveryModes(redisIndex: number): [string, Mode][] {
  const redisUrl = redisDatabaseUrl(redisIndex);
  const bull: [string, Mode][] = redisUrl === undefined ? [] : [['through Bull', { kind: 'bull', redisUrl }]];
  return [['straight to the processor', { kind: 'direct' }], ...bull];
}

/** Gives each test of a file a rig on one database, and leaves no worker, delivery or job behind. */
export function settingOfDeliveries(redisIndex: number, take: (setting: DeliverySetting) => void): void {
  let database: DeliveryDatabase;
  let redis: Redis | undefined;
  let rig: DeliveryRig;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createDeliveryDatabase();
    const redisUrl = redisDatabaseUrl(redisIndex);
    if (redisUrl !== undefined) redis = new Redis(redisUrl);
  });

  afterAll(async () => {
    await redis?.flushdb();
    redis?.disconnect();
    await database.drop();
  });

  beforeEach(async () => {
    await redis?.flushdb();
    rig = new DeliveryRig(database);
    take({ database, redis, rig });
  });

  afterEach(async () => {
    await rig.stopAll();
    await database.query('DELETE FROM delivery');
    await database.query('DELETE FROM delivery_attempt');
  });
}
