import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which request holds an idempotency key, so that one whose commit failed cannot free what another took meanwhile. */
export class IdempotencyHolder1760000650000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE idempotency_key ADD COLUMN held_by uuid');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE idempotency_key DROP COLUMN held_by');
  }
}
