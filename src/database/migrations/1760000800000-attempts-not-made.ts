import type { MigrationInterface, QueryRunner } from 'typeorm';
import { briefly } from '../brief-transaction.js';

/**
 * An attempt that a worker had begun and then did not make, since no place to send came free in time or the worker was
 * to stop, says so and does not count. Rows of before satisfy the narrower list, so none is looked at.
 */
export class AttemptsNotMade1760000800000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await briefly(runner, outcomes("'SENT', 'TRANSIENT', 'PERMANENT', 'UNKNOWN', 'NOT_MADE'"));
  }

  /** What was not made stays on record, and counts for the version of before. */
  async down(runner: QueryRunner): Promise<void> {
    await briefly(runner, outcomes("'SENT', 'TRANSIENT', 'PERMANENT', 'UNKNOWN'"));
  }
}

function outcomes(list: string): string {
  return `ALTER TABLE delivery_attempt DROP CONSTRAINT IF EXISTS delivery_attempt_outcome_check,
    ADD CONSTRAINT delivery_attempt_outcome_check CHECK (outcome IN (${list})) NOT VALID`;
}
