import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An attempt that a worker had begun and then did not make, since no place to send came free in time or the worker was
 * to stop, says so and does not count. Rows of before satisfy the narrower list, so none is looked at.
 */
export class AttemptsNotMade1760000800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(outcomes("'SENT', 'TRANSIENT', 'PERMANENT', 'UNKNOWN', 'NOT_MADE'"));
  }

  /** For the version of before each is an attempt that was refused for now. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query("UPDATE delivery_attempt SET outcome = 'TRANSIENT' WHERE outcome = 'NOT_MADE'");
    await runner.query(outcomes("'SENT', 'TRANSIENT', 'PERMANENT', 'UNKNOWN'"));
  }
}

function outcomes(list: string): string {
  return `ALTER TABLE delivery_attempt DROP CONSTRAINT delivery_attempt_outcome_check,
    ADD CONSTRAINT delivery_attempt_outcome_check CHECK (outcome IN (${list})) NOT VALID`;
}
