import type { MigrationInterface, QueryRunner } from 'typeorm';
import { briefly } from '../brief-transaction.js';

/** Where a provider's receipt is kept that comes while an attempt is under way, for the worker to settle by. */
export class DeliveryReceipt1760000200000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await briefly(runner, 'ALTER TABLE delivery ADD COLUMN IF NOT EXISTS receipt jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery DROP COLUMN receipt');
  }
}
