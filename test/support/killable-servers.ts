import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../../scripts/quickstart/child.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import { placePostgres } from '../../scripts/quickstart/postgres-files.js';
import { postgresUser } from '../../scripts/quickstart/postgres-user.js';
import { startPostgres } from '../../scripts/quickstart/postgres.js';
import { startRedis } from '../../scripts/quickstart/redis.js';
import { generateSecrets } from '../../scripts/quickstart/secrets.js';
import { findRedis } from '../../scripts/test/find-redis.js';

/** A server that can be killed and comes back where it was. */
export interface KillableServer {
  readonly url: string;
  /** SIGKILL, and the same server again on the same port. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export interface KillablePostgres extends KillableServer {
  /** Shuts it down in order, as an operator does, and starts it again once the work has settled. */
  outage(work: () => Promise<void>): Promise<void>;
}

/** A PostgreSQL of a test's own, which keeps what it has acknowledged: its commits wait for the disk. */
export async function startKillablePostgres(): Promise<KillablePostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'acs-postgres-'));
  chmodSync(folder, 0o755);
  const user = postgresUser();
  const { installation, databasePasswords } = generateSecrets();
  const files = placePostgres(user, folder, installation, () => undefined);
  const port = String(await freePort());
  const start = async (): Promise<{ child: Child; url: string }> =>
    await startPostgres({
      files,
      user,
      superuserPassword: databasePasswords.superuser,
      settings: { port, max_connections: '300' },
      child: { name: 'PostgreSQL', env: systemEnvironment() },
    });
  let running = await start();
  return {
    url: running.url.replace(/:\d+\/postgres$/, `:${port}/postgres`),
    crash: async () => {
      await running.child.kill();
      running = await untilStarted(start);
    },
    outage: async (work) => {
      await running.child.stop();
      try {
        await work();
      } finally {
        running = await untilStarted(start);
      }
    },
    stop: async () => {
      await running.child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A Redis of a test's own, which keeps nothing; undefined where none can be had. */
export async function startKillableRedis(): Promise<KillableServer | undefined> {
  const program = await findRedis(() => undefined);
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'acs-redis-'));
  const port = await freePort();
  const password = generateSecrets().redisPassword;
  const start = async (): Promise<{ child: Child; url: string }> =>
    await startRedis({
      program,
      folder,
      port,
      password,
      child: { name: 'Redis', env: systemEnvironment() },
    });
  let running = await start();
  return {
    url: running.url,
    crash: async () => {
      await running.child.kill();
      running = await untilStarted(start);
    },
    stop: async () => {
      await running.child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a killed server leaves behind (children of its own, a port) may be in the way for a moment. */
async function untilStarted<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      if (tries === 20) throw error;
      await delay(250);
    }
  }
}
