import { describe } from '@jest/globals';

/** The Redis of this run; undefined where none can be had. */
export function redisServerUrl(): string | undefined {
  return process.env.TEST_REDIS_URL || undefined;
}

/** `describe` for what needs Redis: skipped, and reported as such, where none can be had. */
export const describeOnRedis: typeof describe | typeof describe.skip = redisServerUrl()
  ? describe
  : describe.skip;
