import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisAddress } from '../../environment/environment.js';

/** What Bull uses a connection for; the two blocking kinds wait for as long as it takes. */
export type ConnectionKind = 'client' | 'subscriber' | 'bclient';

/**
 * `socketTimeout` closes a connection that owes an answer for so long: without it, one that is half open after a
 * network fault stops a worker for good. Blocking reads answer every five seconds, so it never hits them.
 */
const COMMON = {
  socketTimeout: 15_000,
  connectTimeout: 3_000,
  keepAlive: 5_000,
  retryStrategy: (times: number) => Math.min(times * 100, 2_000),
  // After a failover, the node that was the master answers so until it is left.
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
} as const satisfies RedisOptions;

const OF_KIND: Readonly<Record<ConnectionKind, RedisOptions>> = {
  client: { commandTimeout: 5_000 },
  subscriber: { enableReadyCheck: false, maxRetriesPerRequest: null },
  bclient: { enableReadyCheck: false, maxRetriesPerRequest: null },
};

/** Opens a connection to a single server, to the master that Sentinels name, or to a Cluster. It reconnects for ever. */
export function openRedis(address: RedisAddress, kind: ConnectionKind): Redis | Cluster {
  const options: RedisOptions = { ...COMMON, ...OF_KIND[kind] };
  switch (address.kind) {
    case 'single':
      return new Redis(address.url, options);
    case 'sentinel':
      return new Redis({
        ...options,
        ...credentialsOf(address),
        sentinels: [...address.sentinels],
        name: address.name,
      });
    case 'cluster': {
      const { retryStrategy, ...redisOptions } = options;
      return new Cluster([...address.nodes], {
        clusterRetryStrategy: retryStrategy ?? null,
        clusterNodeRetryStrategy: retryStrategy,
        redisOptions: { ...redisOptions, ...credentialsOf(address) },
      });
    }
  }
}

function credentialsOf({
  username,
  password,
}: {
  readonly username?: string;
  readonly password?: string;
}): RedisOptions {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}
