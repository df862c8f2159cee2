import type { Cluster, Redis } from 'ioredis';
import { evictionAdvice, evictionPolicyOf } from '../../delivery/queue/eviction-policy.js';
import { openRedis } from '../../delivery/queue/redis-connection.js';
import { within } from '../../delivery/queue/within.js';
import { readRedisAddress } from '../../environment/redis-address.js';
import { networkCode, networkFault } from '../network-fault.js';
import { type Check, fail, ok } from './check.js';
import { readIfSound } from './environment-checks.js';

const SUBJECT = 'redis';
const ANSWER_MS = 5_000;

/** That the Redis of `REDIS_URL` answers and will not evict jobs. */
export async function checkRedis(env: NodeJS.ProcessEnv): Promise<Check[]> {
  if (!env['REDIS_URL']?.trim())
    return [ok(SUBJECT, 'REDIS_URL is not set: deliveries go without Bull, straight from the outbox')];
  const address = readIfSound(env, readRedisAddress);
  if (!address) return []; // what is wrong with it is among the findings of the environment
  const connection = openRedis(address, 'client');
  let lastError: unknown;
  const refused = new Promise<never>((_resolve, reject) => {
    connection.on('error', (error: Error) => {
      lastError = error;
      // Of several Sentinels or nodes another one may answer.
      if (address.kind === 'single') reject(error);
    });
  });
  try {
    return [await within(ANSWER_MS, Promise.race([look(connection), refused]))];
  } catch (error) {
    return [fail(SUBJECT, `${faultOf(lastError ?? error)} (REDIS_URL)`)];
  } finally {
    connection.disconnect();
  }
}

async function look(connection: Redis | Cluster): Promise<Check> {
  await connection.ping();
  const policy = await evictionPolicyOf(connection);
  return policy === undefined
    ? ok(SUBJECT, 'answers, and evicts nothing')
    : fail(SUBJECT, `${evictionAdvice(policy)} A worker in production does not use it.`);
}

function faultOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (/^(WRONGPASS|NOAUTH|ERR AUTH|NOPERM)/.test(message))
    return 'refused the user or the password, or the user may not use INFO';
  return networkCode(error) === undefined ? 'did not answer in time' : networkFault(error);
}
