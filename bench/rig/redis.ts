import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { startRedis } from '../../scripts/quickstart/redis.js';
import { generateSecrets } from '../../scripts/quickstart/secrets.js';
import { findRedis } from '../../scripts/test/find-redis.js';
import type { Belongings } from './belongings.js';

export interface RedisServer {
  readonly url: string;
  /** Only of one of this run's own. */
  readonly stop?: () => Promise<unknown>;
}

/** The Redis that `TEST_REDIS_URL` names, or one of this run's own; undefined where none can be had. */
export async function redisServer(
  belongings: Belongings,
  say: (message: string) => void,
): Promise<RedisServer | undefined> {
  const given = process.env['TEST_REDIS_URL'];
  if (given) return { url: given };
  const program = await findRedis(say);
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'acs-bench-redis-'));
  belongings.add('the folder of Redis', () => {
    rmSync(folder, { recursive: true, force: true });
    return Promise.resolve();
  });
  let stop: (() => Promise<unknown>) | undefined;
  const { url } = await startRedis({
    program,
    folder,
    password: generateSecrets().redisPassword,
    child: {
      name: 'Redis',
      env: systemEnvironment(),
      onStart: (child) => {
        stop = () => child.stop();
        belongings.add('Redis', stop);
      },
    },
  });
  return { url, ...(stop ? { stop } : {}) };
}
