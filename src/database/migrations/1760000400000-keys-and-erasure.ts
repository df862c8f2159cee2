import type { MigrationInterface, QueryRunner } from 'typeorm';
import { briefly } from '../brief-transaction.js';

/**
 * What a rotation of keys and an erasure need: the recipient's index under every key of the ring, the key that
 * stands behind a counter, where an old key is still in use, and the owner's way into one tenant at a time. One table
 * after the other, since requests lock several in an order of their own; so it may be run again where it was interrupted.
 */
export class KeysAndErasure1760000400000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const change of COLUMNS) await briefly(runner, change);
    await runner.query(LISTINGS);
    await runner.query(GRANTS);
    await runner.query(ISOLATE_WITH_ERASURE);
    const tables = (await runner.query(TENANT_TABLES)) as { name: string }[];
    for (const { name } of tables)
      await briefly(runner, `DROP POLICY IF EXISTS erasure ON ${name}; ${erasurePolicyOn(name)}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ${isolateTenants('')}
      DO $$
      DECLARE target regclass;
      BEGIN
        FOR target IN SELECT polrelid FROM pg_policy WHERE polname = 'erasure' LOOP
          EXECUTE format('DROP POLICY erasure ON %s', target);
        END LOOP;
      END $$;
      REVOKE SELECT (tenant_id, key, outcome_sealed), UPDATE (outcome_sealed) ON idempotency_key FROM acs_worker;
      DROP FUNCTION key_usage(), deliveries_sealed_otherwise(bytea, text, text, integer),
        outcomes_sealed_otherwise(bytea, text, text, integer);
      ALTER TABLE limit_counter DROP COLUMN key_id;
      ALTER TABLE challenge DROP COLUMN recipient_indexes, DROP COLUMN index_key_id;
    `);
  }
}

const COLUMNS = [
  `ALTER TABLE challenge ADD COLUMN IF NOT EXISTS recipient_indexes bytea[], ADD COLUMN IF NOT EXISTS index_key_id text;
   COMMENT ON COLUMN challenge.recipient_indexes IS 'The recipient under every key of the ring it was issued by, in order of bytes; null where that was one.';
   COMMENT ON COLUMN challenge.index_key_id IS 'The key that recipient_index was made with.';`,
  `ALTER TABLE limit_counter ADD COLUMN IF NOT EXISTS key_id text;
   COMMENT ON COLUMN limit_counter.key_id IS 'The key under which the count is kept: by this row, or by another that says the same.';`,
];

/** An envelope begins with its format, the length of its key's id, and the id. */
const LISTINGS = `
CREATE OR REPLACE FUNCTION deliveries_sealed_otherwise(header bytea, after_tenant text, after_name text, batch integer)
RETURNS TABLE (tenant_id text, name text) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT d.tenant_id, d.id::text FROM delivery d
  WHERE d.message_sealed IS NOT NULL AND substr(d.message_sealed, 1, length(header)) <> header
    AND (d.tenant_id, d.id) > (after_tenant, coalesce(nullif(after_name, ''), '00000000-0000-0000-0000-000000000000')::uuid)
  ORDER BY d.tenant_id, d.id LIMIT batch
$$;
COMMENT ON FUNCTION deliveries_sealed_otherwise IS 'Which deliveries, of all tenants, hold a message that another key than that of the header sealed.';

CREATE OR REPLACE FUNCTION outcomes_sealed_otherwise(header bytea, after_tenant text, after_name text, batch integer)
RETURNS TABLE (tenant_id text, name text) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.tenant_id, k.key FROM idempotency_key k
  WHERE k.outcome_sealed IS NOT NULL AND substr(k.outcome_sealed, 1, length(header)) <> header
    AND k.expires_at > statement_timestamp() AND (k.tenant_id, k.key) > (after_tenant, after_name)
  ORDER BY k.tenant_id, k.key LIMIT batch
$$;
COMMENT ON FUNCTION outcomes_sealed_otherwise IS 'Which idempotency keys, of all tenants, hold an outcome that another key than that of the header sealed.';

CREATE OR REPLACE FUNCTION key_usage() RETURNS TABLE (part text, key_id text, uses bigint, needed_until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT 'challenges', used.key_id, count(*), max(c.deadline_at)
  FROM challenge c, LATERAL (SELECT c.answer_key_id UNION SELECT c.index_key_id WHERE c.index_key_id IS NOT NULL) used (key_id)
  WHERE c.deadline_at > statement_timestamp() GROUP BY used.key_id
  UNION ALL
  SELECT 'counters', l.key_id, count(*), max(greatest(l.window_ends_at, l.blocked_until)) FROM limit_counter l
  WHERE l.key_id IS NOT NULL AND greatest(l.window_ends_at, l.blocked_until) > statement_timestamp() GROUP BY l.key_id
  UNION ALL
  SELECT 'messages', encode(substr(d.message_sealed, 3, get_byte(d.message_sealed, 1)), 'escape'), count(*), max(d.useful_until)
  FROM delivery d WHERE length(d.message_sealed) > 2 GROUP BY 2
  UNION ALL
  SELECT 'outcomes', encode(substr(k.outcome_sealed, 3, get_byte(k.outcome_sealed, 1)), 'escape'), count(*), max(k.expires_at)
  FROM idempotency_key k WHERE length(k.outcome_sealed) > 2 AND k.expires_at > statement_timestamp() GROUP BY 2
$$;
COMMENT ON FUNCTION key_usage IS 'What of all tenants needs which key of the ring: how much of it, and until when.';
`;

const GRANTS = `
REVOKE ALL ON FUNCTION deliveries_sealed_otherwise, outcomes_sealed_otherwise, key_usage FROM PUBLIC;
GRANT EXECUTE ON FUNCTION deliveries_sealed_otherwise, outcomes_sealed_otherwise, key_usage TO acs_worker;
GRANT SELECT (tenant_id, key, outcome_sealed), UPDATE (outcome_sealed) ON idempotency_key TO acs_worker;
`;

/** Forced row-level security binds the owner too: it may work in one tenant at a time, to erase. */
const erasurePolicyOn = (table: string): string =>
  `CREATE POLICY erasure ON ${table} TO CURRENT_USER USING (tenant_id = nullif(current_setting('acs.tenant_id', true), ''))`;

/** A table that `isolate_tenants` is called for later is covered too; `acs tenant erase` refuses to run past one that is not. */
const ISOLATE_WITH_ERASURE = isolateTenants(`
  EXECUTE format($policy$${erasurePolicyOn('%s')}$policy$, target);`);

const TENANT_TABLES = `
SELECT c.oid::regclass::text AS name
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY name`;

function isolateTenants(more: string): string {
  return `
CREATE OR REPLACE FUNCTION isolate_tenants(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY tenant ON %s TO acs_api, acs_worker USING (tenant_id = nullif(current_setting(''acs.tenant_id'', true), ''''))',
    target);${more}
END $$;`;
}
