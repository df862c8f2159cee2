import type { MigrationInterface, QueryRunner } from 'typeorm';
import { briefly } from '../brief-transaction.js';

/**
 * What a process that dies between counting an attempt and recording its outcome leaves behind: when a challenge's
 * last attempt was counted, and since when a recipient's newest failure is not known to be one. Code that knows
 * neither column runs on; the index is built without holding up writers, so outside a transaction, and the
 * migration may be run again where it was interrupted.
 */
export class AttemptsInFlight1760000100000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const column of COLUMNS) await briefly(runner, column);
    await briefly(
      runner,
      `CREATE INDEX IF NOT EXISTS challenge_exhausted ON ONLY challenge ${WHAT_IS_INDEXED}`,
    );
    for (const partition of await partitionsWithout(runner, 'challenge_exhausted')) {
      const index = `${partition}_exhausted`;
      // An interrupted build leaves an index that nobody may use.
      await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`);
      await runner.query(`CREATE INDEX CONCURRENTLY ${index} ON ${partition} ${WHAT_IS_INDEXED}`);
      await briefly(runner, `ALTER INDEX challenge_exhausted ATTACH PARTITION ${index}`);
    }
    await runner.query(OVERDUE_OR_EXHAUSTED);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(OVERDUE);
    await runner.query('ALTER TABLE challenge DROP COLUMN exhausted_at');
    await runner.query('ALTER TABLE limit_counter DROP COLUMN undecided_since');
  }
}

const COLUMNS = [
  // When the last attempt was counted.
  'ALTER TABLE challenge ADD COLUMN IF NOT EXISTS exhausted_at timestamptz',
  // Since when the newest failure counted is an attempt whose outcome is not known.
  'ALTER TABLE limit_counter ADD COLUMN IF NOT EXISTS undecided_since timestamptz',
];

const WHAT_IS_INDEXED = `(exhausted_at) WHERE state = 'ISSUED' AND exhausted_at IS NOT NULL`;

async function partitionsWithout(runner: QueryRunner, index: string): Promise<string[]> {
  const rows = (await runner.query(
    `SELECT child.inhrelid::regclass::text AS name FROM pg_inherits child
     WHERE child.inhparent = 'challenge'::regclass AND NOT EXISTS (
       SELECT FROM pg_index i JOIN pg_inherits attached ON attached.inhrelid = i.indexrelid
       WHERE i.indrelid = child.inhrelid AND attached.inhparent = $1::regclass)
     ORDER BY name`,
    [index],
  )) as { name: string }[];
  return rows.map(({ name }) => name);
}

/** As before, by a time that does not change within the statement, so that the indexes find what is due. */
const OVERDUE_OR_EXHAUSTED = `
CREATE OR REPLACE FUNCTION overdue_challenges(batch integer) RETURNS TABLE (tenant_id text, id uuid) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  (SELECT tenant_id, id FROM challenge
   WHERE deadline_at <= statement_timestamp() AND id >= uuid_floor(statement_timestamp() - interval '3 days')
   ORDER BY deadline_at LIMIT batch)
  UNION
  (SELECT tenant_id, id FROM challenge
   WHERE state = 'ISSUED' AND exhausted_at <= statement_timestamp() - interval '20 seconds'
     AND id >= uuid_floor(statement_timestamp() - interval '3 days')
   ORDER BY exhausted_at LIMIT batch)
  LIMIT batch
$$;
COMMENT ON FUNCTION overdue_challenges IS
  'Open challenges past their deadline, or whose last attempt was never settled, of all tenants: the sweeper ends them inside each tenant.';
`;

const OVERDUE = `
CREATE OR REPLACE FUNCTION overdue_challenges(batch integer) RETURNS TABLE (tenant_id text, id uuid) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT tenant_id, id FROM challenge
  WHERE deadline_at <= clock_timestamp() AND id >= uuid_floor(statement_timestamp() - interval '3 days') ORDER BY deadline_at LIMIT batch
$$;
COMMENT ON FUNCTION overdue_challenges IS 'Open challenges past their deadline, of all tenants: the sweeper ends them inside each tenant.';
`;
