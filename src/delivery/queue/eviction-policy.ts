import { Cluster, type Redis } from 'ioredis';

const REQUIRED = 'noeviction';

/**
 * The `maxmemory-policy` of the first server that may evict jobs; undefined when all keep what they are given or do
 * not tell. Read from INFO, since CONFIG is closed on hosted Redis.
 */
export async function evictionPolicyOf(connection: Redis | Cluster): Promise<string | undefined> {
  const servers = connection instanceof Cluster ? connection.nodes('master') : [connection];
  for (const server of servers) {
    const policy = /^maxmemory_policy:(\S+)/m.exec(await server.info('memory'))?.[1];
    if (policy !== undefined && policy !== REQUIRED) return policy;
  }
  return undefined;
}

export function evictionAdvice(policy: string): string {
  return `Redis has maxmemory-policy ${policy} and may evict queued jobs. Set it to ${REQUIRED}.`;
}
