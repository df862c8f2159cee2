import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where a provider's receipt is kept that comes while an attempt is under way, for the worker to settle by. */
export class DeliveryReceipt1760000200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery ADD COLUMN receipt jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery DROP COLUMN receipt');
  }
}
