import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNative, type Child, type ChildOptions } from './child.js';
import { freePort } from './ports.js';

export interface RedisOptions {
  readonly program: string;
  readonly folder: string;
  readonly password: string;
  /** A free one unless given. */
  readonly port?: number;
  readonly child: ChildOptions;
}

/** Starts a Redis for Bull alone: loopback, a free port, nothing on disk, nothing evicted. */
export async function startRedis(
  options: RedisOptions,
): Promise<{ readonly child: Child; readonly url: string }> {
  mkdirSync(options.folder, { recursive: true });
  const port = options.port ?? (await freePort());
  const configuration = join(options.folder, 'redis.conf');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${options.password}`,
    'maxmemory-policy noeviction',
    'save ""',
    'appendonly no',
    `dir "${options.folder}"`,
  ];
  writeFileSync(configuration, `${lines.join('\n')}\n`, { mode: 0o600 });
  const child = startNative(
    { command: options.program, args: [configuration], stopSignal: 'SIGTERM' },
    options.child,
  );
  await child.line((line) => line.includes('eady to accept connections'));
  return { child, url: `redis://:${options.password}@127.0.0.1:${port}` };
}
