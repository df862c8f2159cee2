import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child, ChildOptions } from '../quickstart/child.js';
import { systemEnvironment } from '../quickstart/environment.js';
import { placePostgres } from '../quickstart/postgres-files.js';
import { startPostgres } from '../quickstart/postgres.js';
import { canEnter, postgresUser } from '../quickstart/postgres-user.js';
import { startRedis } from '../quickstart/redis.js';
import { generateSecrets } from '../quickstart/secrets.js';
import { findRedis } from './find-redis.js';

export interface TestServices {
  /** What the tests find them by. */
  readonly env: {
    /** A superuser's. */
    readonly TEST_DATABASE_URL: string;
    /** Absent where there is no Redis to be had. */
    readonly TEST_REDIS_URL?: string;
    readonly TMPDIR: string;
  };
  /** Temporary, deleted by `stop`. Everything that a test puts into the system's temporary folder is in it too. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** PostgreSQL and Redis of this run's own, on free ports, unless the environment names others. */
export async function startTestServices(say: (message: string) => void): Promise<TestServices> {
  const folder = temporaryFolder();
  const children: Child[] = [];
  const adopt = (name: string): ChildOptions => ({
    name,
    env: systemEnvironment(),
    onStart: (child) => children.push(child),
  });
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const databaseUrl =
      process.env.TEST_DATABASE_URL ?? (await startDatabase(folder, adopt('PostgreSQL'), say));
    const redisUrl = process.env.TEST_REDIS_URL ?? (await startPrivateRedis(folder, adopt('Redis'), say));
    return {
      env: {
        TEST_DATABASE_URL: databaseUrl,
        ...(redisUrl === undefined ? {} : { TEST_REDIS_URL: redisUrl }),
        TMPDIR: folder,
      },
      folder,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A folder that the user that PostgreSQL runs as can enter. */
function temporaryFolder(): string {
  const user = postgresUser();
  const open = [tmpdir(), '/var/tmp', '/tmp'].find((folder) => canEnter(user, folder)) ?? tmpdir();
  const folder = mkdtempSync(join(open, 'acs-test-'));
  chmodSync(folder, 0o755);
  return folder;
}

async function startDatabase(
  folder: string,
  child: ChildOptions,
  say: (message: string) => void,
): Promise<string> {
  const user = postgresUser();
  const { installation, databasePasswords } = generateSecrets();
  const { url } = await startPostgres({
    files: placePostgres(user, folder, installation, say),
    user,
    superuserPassword: databasePasswords.superuser,
    // Nothing here must survive the machine; every test file has pools of its own.
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '400', shared_buffers: '128MB' },
    child,
    removeAfter: folder,
  });
  return url;
}

async function startPrivateRedis(
  folder: string,
  child: ChildOptions,
  say: (message: string) => void,
): Promise<string | undefined> {
  const program = await findRedis(say);
  if (program === undefined) return undefined;
  const { redisPassword } = generateSecrets();
  const { url } = await startRedis({
    program,
    folder: join(folder, 'redis'),
    password: redisPassword,
    child,
  });
  return url;
}
