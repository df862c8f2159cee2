import type { MigrationInterface, QueryRunner } from 'typeorm';
import { briefly } from '../brief-transaction.js';

/**
 * Claims that go round the tenants: an index that finds the tenants with due deliveries without looking at their
 * backlogs, and the function that claims by it; and a column for those that are tried more often than usual. What is
 * there stays, for processes of the version before.
 * The index is built on one partition after the other while they are written to, hence outside a transaction.
 */
export class FairClaims1760000500000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await briefly(runner, 'ALTER TABLE delivery ADD COLUMN IF NOT EXISTS attempts_max smallint');
    // A run that broke off leaves an index behind that is not valid; building it again is cheap, it is partial.
    await briefly(runner, 'DROP INDEX IF EXISTS delivery_due_by_tenant');
    await briefly(runner, `CREATE INDEX delivery_due_by_tenant ON ONLY delivery ${COLUMNS}`);
    for (const partition of await partitionsOfDelivery(runner)) await buildOn(runner, partition);
    await runner.query(CLAIM);
    await runner.query(OLDEST);
    await runner.query('REVOKE ALL ON FUNCTION claim_deliveries_in_turn, oldest_due_seconds FROM PUBLIC');
    await runner.query(
      'GRANT EXECUTE ON FUNCTION claim_deliveries_in_turn, oldest_due_seconds TO acs_worker',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP FUNCTION IF EXISTS claim_deliveries_in_turn(integer, integer, smallint[], text[])',
    );
    await runner.query('DROP FUNCTION IF EXISTS oldest_due_seconds(integer)');
    await runner.query('DROP INDEX IF EXISTS delivery_due_by_tenant');
    await runner.query('ALTER TABLE delivery DROP COLUMN IF EXISTS attempts_max');
  }
}

const COLUMNS = '(priority, tenant_id, due_at) WHERE due_at IS NOT NULL';

/** Partitions that are attached from now on bring the index along. */
async function partitionsOfDelivery(runner: QueryRunner): Promise<string[]> {
  const rows = (await runner.query(`
    SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'delivery'::regclass AND NOT EXISTS (
      SELECT FROM pg_index x JOIN pg_inherits xi ON xi.inhrelid = x.indexrelid
      WHERE x.indrelid = c.oid AND xi.inhparent = 'delivery_due_by_tenant'::regclass)
    ORDER BY 1`)) as { name: string }[];
  return rows.map(({ name }) => name);
}

async function buildOn(runner: QueryRunner, partition: string): Promise<void> {
  const index = `${partition}_due_by_tenant`;
  await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS "${index}"`);
  await runner.query(`CREATE INDEX CONCURRENTLY "${index}" ON "${partition}" ${COLUMNS}`);
  await briefly(runner, `ALTER INDEX delivery_due_by_tenant ATTACH PARTITION "${index}"`);
}

/**
 * The planner's own choices are switched off: the statistics of a table that fills and empties within minutes are
 * never right, and every other plan reads or sorts a whole backlog. Hence also the row comparisons and the long
 * ORDER BY: no other index can serve them. Partitions of other days are left out by the bounds on the identifier,
 * which allow clocks to differ by three days either way.
 */
export const CLAIM = `
CREATE OR REPLACE FUNCTION claim_deliveries_in_turn(
  batch integer, lease_seconds integer, priorities smallint[], INOUT cursors text[],
  OUT tenants text[], OUT ids uuid[], OUT fences integer[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_incremental_sort = off
SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
  most_tenants CONSTANT integer := 64;
  most_looks CONSTANT integer := 256;
  moment CONSTANT timestamptz := clock_timestamp();
  oldest CONSTANT uuid := uuid_floor(moment - interval '3 days');
  newest CONSTANT uuid := uuid_floor(moment + interval '3 days');
  turn integer;
  origin text;
  found_tenants text[];
  looked integer;
  last_looked text;
  share integer;
  given record;
BEGIN
  tenants := '{}'; ids := '{}'; fences := '{}';
  FOR turn IN 1 .. cardinality(priorities) LOOP
    EXIT WHEN batch <= 0;
    origin := cursors[turn]; found_tenants := '{}'; looked := 0;
    -- The tenants after the last one served, and then those before it.
    FOR lap IN 1 .. 2 LOOP
      EXIT WHEN looked >= most_looks OR cardinality(found_tenants) >= least(batch, most_tenants);
      WITH RECURSIVE look AS (
        SELECT CASE lap WHEN 1 THEN origin ELSE '' END AS tenant, looked AS looks,
          cardinality(found_tenants) AS due_tenants, false AS is_due
        UNION ALL
        SELECT step.tenant, look.looks + 1, look.due_tenants + step.is_due::integer, step.is_due
        FROM look, LATERAL (
          SELECT next.tenant_id AS tenant, (
            SELECT true FROM delivery due
            WHERE (due.priority, due.tenant_id) >= (priorities[turn], next.tenant_id)
              AND (due.priority, due.tenant_id, due.due_at) <= (priorities[turn], next.tenant_id, moment)
              AND due.due_at IS NOT NULL AND due.id >= oldest AND due.id < newest
            ORDER BY due.priority, due.tenant_id, due.due_at LIMIT 1) IS NOT NULL AS is_due
          FROM (
            SELECT c.tenant_id FROM delivery c
            WHERE (c.priority, c.tenant_id) > (priorities[turn], look.tenant) AND c.priority <= priorities[turn]
              AND c.due_at IS NOT NULL AND c.id >= oldest AND c.id < newest
            ORDER BY c.priority, c.tenant_id LIMIT 1) next
          -- Not inside, where it would be a filter that reads on through a backlog.
          WHERE lap = 1 OR next.tenant_id <= origin
          OFFSET 0
        ) step
        WHERE look.looks < most_looks AND look.due_tenants < least(batch, most_tenants)
      )
      SELECT found_tenants || coalesce(array_agg(tenant ORDER BY looks) FILTER (WHERE is_due), '{}'), max(looks),
        coalesce((array_agg(tenant ORDER BY looks DESC))[1], '')
      INTO found_tenants, looked, last_looked FROM look;
      cursors[turn] := last_looked;
    END LOOP;
    -- An equal share each, and what some do not need for those that have more.
    WHILE batch > 0 AND cardinality(found_tenants) > 0 LOOP
      share := greatest(1, batch / cardinality(found_tenants));
      SELECT coalesce(array_agg(tenant_id ORDER BY place, due_at), '{}') AS tenants,
        coalesce(array_agg(id ORDER BY place, due_at), '{}') AS ids
      INTO given FROM (
        SELECT tenant_id, id, due_at, row_number() OVER (PARTITION BY tenant_id ORDER BY due_at) AS place FROM (
          SELECT mine.tenant_id, mine.id, mine.due_at FROM unnest(found_tenants) AS t (tenant), LATERAL (
            SELECT c.tenant_id, c.id, c.due_at FROM delivery c
            WHERE (c.priority, c.tenant_id) >= (priorities[turn], t.tenant)
              AND (c.priority, c.tenant_id, c.due_at) <= (priorities[turn], t.tenant, moment)
              AND c.due_at IS NOT NULL AND c.id >= oldest AND c.id < newest
            ORDER BY c.priority, c.tenant_id, c.due_at LIMIT share FOR UPDATE SKIP LOCKED) mine
          LIMIT batch
        ) locked
      ) in_turn;
      -- Not one statement with the above: a join could begin with the table and read all of it.
      WITH claimed AS (
        UPDATE delivery d SET fence = d.fence + 1,
          due_at = clock_timestamp() + make_interval(secs => lease_seconds)
        WHERE d.id = ANY (given.ids) AND d.id >= oldest AND d.id < newest
        RETURNING d.id, d.fence
      )
      SELECT fences || coalesce(array_agg(c.fence ORDER BY array_position(given.ids, c.id)), '{}')
      INTO fences FROM claimed c;
      tenants := tenants || given.tenants; ids := ids || given.ids;
      batch := batch - cardinality(given.ids);
      found_tenants := ARRAY(
        SELECT t.tenant FROM unnest(found_tenants) AS t (tenant)
        WHERE cardinality(array_positions(given.tenants, t.tenant)) >= share);
    END LOOP;
  END LOOP;
END $$;
COMMENT ON FUNCTION claim_deliveries_in_turn IS 'Leases due deliveries, priority by priority in the order given, going round the tenants from the cursor of each priority; returns the cursors to go on from. Its cost depends on the tenants it looks at, of which there are at most 256, and not on their backlogs.';
`;

const OLDEST = `
CREATE OR REPLACE FUNCTION oldest_due_seconds(of_priority integer) RETURNS double precision LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_incremental_sort = off
AS $$
  SELECT greatest(0, extract(epoch FROM clock_timestamp() - (
    SELECT due_at FROM delivery
    WHERE priority = of_priority AND due_at IS NOT NULL AND id >= uuid_floor(statement_timestamp() - interval '3 days')
    ORDER BY due_at LIMIT 1)))
$$;
COMMENT ON FUNCTION oldest_due_seconds IS 'How long the delivery of a priority that has been due for longest waits to be claimed, of all tenants; 0 for none.';
`;
