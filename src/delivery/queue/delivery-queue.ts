import type { QueueOptions } from 'bull';
import type { Claim } from '../application/delivery-store.js';
import type { RedisConnections } from './redis-connections.js';

/** Jobs of another form are another queue's, so that versions of the worker leave each other theirs. */
export const DELIVERY_QUEUE = 'delivery-claims';

const CLAIM = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(\d{1,10})$/;

/** What a job holds: which claims, each as `<deliveryId>:<fence>`, and nothing about them. */
export interface DeliveryJob {
  readonly claims: readonly string[];
}

/** A claim as a job names it; only PostgreSQL knows whose it is. */
export type NamedClaim = Pick<Claim, 'id' | 'fence'>;

/**
 * Locks are short so that jobs of a killed worker do not linger. The braces put all keys of the queue into one
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

/** Jobs of so many claims each. No claim is made twice, so the first names its job: no identifier comes again. */
export function jobsOf(
  claims: readonly NamedClaim[],
  size: number,
): { data: DeliveryJob; opts: { jobId: string } }[] {
  const names = claims.map(({ id, fence }) => `${id}:${fence}`);
  return Array.from({ length: Math.ceil(names.length / size) }, (_, place) => {
    const named = names.slice(place * size, (place + 1) * size);
    const [jobId = ''] = named;
    return { data: { claims: named }, opts: { jobId } };
  });
}

/** The claims that a job names; none where it is not one of ours. */
export function claimsIn({ claims }: Partial<DeliveryJob>): readonly NamedClaim[] {
  if (!Array.isArray(claims)) return [];
  return claims.flatMap((name) => {
    const [, id, fence] = CLAIM.exec(String(name)) ?? [];
    return id === undefined ? [] : [{ id, fence: Number(fence) }];
  });
}
