import { setTimeout as delay } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';
import { isLockTimeout } from './database-errors.js';

/** In milliseconds. Less than requests wait for a lock, and than PostgreSQL waits before it looks for a deadlock. */
const LOCK_WITHIN_MS = 200;
const NEXT_TRY_MS = 100;
const GIVE_UP_AFTER_MS = 120_000;

/**
 * Runs a change to one table in a transaction of its own, for migrations that run while the service does. Everyone who
 * needs the table waits behind the change while that waits for its lock: so it stands back soon and tries again, until
 * it comes upon a gap. The change must be one that can be repeated, since the migration may be interrupted after it.
 * Throws PostgreSQL's own error when there was no gap for two minutes: then someone holds the table all the time.
 */
export async function briefly(runner: QueryRunner, change: string): Promise<void> {
  const deadline = Date.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    await runner.startTransaction();
    try {
      await runner.query(`SET LOCAL lock_timeout = ${LOCK_WITHIN_MS}`);
      await runner.query(change);
      await runner.commitTransaction();
      return;
    } catch (error) {
      await runner.rollbackTransaction();
      if (!isLockTimeout(error) || Date.now() > deadline) throw error;
    }
    await delay(NEXT_TRY_MS);
  }
}
