import type { QueueOptions } from 'bull';
import type { Claim } from '../application/delivery-store.js';
import type { RedisConnections } from './redis-connections.js';

/** The name of the Bull queue, and what its jobs hold: which delivery, and nothing about it. */
export const DELIVERY_QUEUE = 'deliveries';

export interface DeliveryJob {
  readonly deliveryId: string;
}

/**
 * Locks are short so that jobs of a killed worker are taken up soon. The braces put all keys of the queue into one
 * slot of a Cluster. Retries are PostgreSQL's, and finished jobs are removed: adding an identifier that still
 * exists would be dropped in silence.
 */
export function deliveryQueueOptions(connections: RedisConnections): QueueOptions {
  return {
    prefix: '{acs}',
    createClient: (kind) => connections.open(kind),
    settings: {
      lockDuration: 15_000,
      lockRenewTime: 5_000,
      stalledInterval: 5_000,
      maxStalledCount: 1,
      retryProcessDelay: 1_000,
    },
    defaultJobOptions: {
      attempts: 1,
      removeOnComplete: true,
      removeOnFail: { age: 3_600, count: 1_000 },
    },
  };
}

/** Every claim is a job of its own, so that a delivery claimed again is not taken for one that is queued already. */
export function jobIdOf({ id, fence }: Pick<Claim, 'id' | 'fence'>): string {
  return `${id}:${fence}`;
}

/** The delivery and fence of a job; undefined when the identifier is not one of ours. */
export function parseJobId(jobId: string): Pick<Claim, 'id' | 'fence'> | undefined {
  const match = /^([0-9a-f-]{36}):(\d{1,10})$/.exec(jobId);
  return match?.[1] === undefined ? undefined : { id: match[1], fence: Number(match[2]) };
}
