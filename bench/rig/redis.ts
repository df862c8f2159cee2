import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { startRedis } from '../../scripts/quickstart/redis.js';
import { generateSecrets } from '../../scripts/quickstart/secrets.js';
import { findRedis } from '../../scripts/test/find-redis.js';
import type { Belongings } from './belongings.js';

/** The Redis that `TEST_REDIS_URL` names, or one of this run's own; undefined where none can be had. */
export async function redisServer(
  belongings: Belongings,
  say: (message: string) => void,
): Promise<string | undefined> {
  const given = process.env['TEST_REDIS_URL'];
  if (given) return given;
  const program = await findRedis(say);
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'acs-bench-redis-'));
  belongings.add('the folder of Redis', () => {
    rmSync(folder, { recursive: true, force: true });
    return Promise.resolve();
  });
  const { url } = await startRedis({
    program,
    folder,
    password: generateSecrets().redisPassword,
    child: {
      name: 'Redis',
      env: systemEnvironment(),
      onStart: (child) => {
        belongings.add('Redis', () => child.stop());
      },
    },
  });
  return url;
}
