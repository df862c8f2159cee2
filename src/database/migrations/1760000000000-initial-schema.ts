import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The first schema: policies, configuration, challenges, deliveries, limits, idempotency keys and the audit
 * trail. Every table belongs to tenants: its keys lead with `tenant_id` and row-level security is forced, so
 * a query that forgets its tenant reads nothing. Two group roles get what the two processes need, and no more.
 */
export class InitialSchema1760000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [ROLES, TABLES, PARTITIONS, ROUTING, ISOLATION, GRANTS])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION claim_deliveries(integer, integer), delivery_tenant(uuid), overdue_challenges(integer),
        purge_expired(integer), ensure_partitions(integer), drop_partitions(integer, integer, integer),
        default_partition_rows(), longest_challenge_retention(integer), purge_ended_challenges(integer, integer);
      DROP TABLE audit, idempotency_key, limit_counter, delivery_attempt, delivery, challenge, configuration,
        policy_version, policy;
      DROP FUNCTION uuid_floor(timestamptz), create_partition(text, timestamptz, timestamptz), isolate_tenants(regclass);
    `);
  }
}

const ROLES = `
DO $$
DECLARE role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['acs_api', 'acs_worker'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database's migrator was first
    END;
  END LOOP;
END $$;
DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()); END $$;
DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO acs_api, acs_worker', current_database()); END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO acs_api, acs_worker;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
`;

const TABLES = `
CREATE TABLE policy (
  tenant_id text NOT NULL,
  id uuid NOT NULL,
  alias text NOT NULL,
  type text NOT NULL CHECK (type IN ('EMAIL_OTP', 'SMS_OTP', 'EMAIL_LINK', 'TOKEN')),
  version integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX policy_alias_unique ON policy (tenant_id, alias) WHERE deleted_at IS NULL;

CREATE TABLE policy_version (
  tenant_id text NOT NULL,
  policy_id uuid NOT NULL,
  version integer NOT NULL,
  alias text NOT NULL,
  description text,
  purpose text NOT NULL CHECK (purpose IN ('ACTION', 'ADDRESS_CONFIRMATION')),
  conditions jsonb NOT NULL,
  template jsonb,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by_issuer text NOT NULL,
  created_by_client text NOT NULL,
  PRIMARY KEY (tenant_id, policy_id, version),
  FOREIGN KEY (tenant_id, policy_id) REFERENCES policy (tenant_id, id)
);

CREATE TABLE configuration (
  tenant_id text PRIMARY KEY,
  version integer NOT NULL,
  settings jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE challenge (
  tenant_id text NOT NULL,
  id uuid NOT NULL,
  type text NOT NULL,
  state text NOT NULL CHECK (state IN ('ISSUED', 'VERIFIED', 'COMPLETED', 'CANCELLED', 'EXPIRED', 'FAILED')),
  state_reason text,
  policy_id uuid NOT NULL,
  policy_alias text NOT NULL,
  policy_version integer NOT NULL,
  require_action boolean NOT NULL,
  recipient_index bytea,
  recipient_masked text,
  subject text,
  action jsonb,
  action_digest bytea,
  locale text,
  metadata jsonb NOT NULL,
  answer_key_id text NOT NULL,
  answer_mac bytea NOT NULL,
  superseded_macs bytea[] NOT NULL DEFAULT '{}',
  attempts_used smallint NOT NULL DEFAULT 0,
  attempts_max smallint NOT NULL,
  resends_used smallint NOT NULL DEFAULT 0,
  resends_max smallint NOT NULL,
  resend_available_at timestamptz,
  complete_within_seconds integer NOT NULL,
  delivery_id uuid,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  verified_at timestamptz,
  complete_before timestamptz,
  completed_at timestamptz,
  ended_at timestamptz,
  -- When an open challenge runs out: to be answered by, then to be completed by.
  deadline_at timestamptz GENERATED ALWAYS AS (
    CASE state WHEN 'ISSUED' THEN expires_at WHEN 'VERIFIED' THEN complete_before END) STORED,
  PRIMARY KEY (tenant_id, id),
  CHECK (attempts_used BETWEEN 0 AND attempts_max),
  CHECK (resends_used BETWEEN 0 AND resends_max),
  CHECK ((ended_at IS NULL) = (state IN ('ISSUED', 'VERIFIED')))
) PARTITION BY RANGE (id);
CREATE INDEX challenge_deadline ON challenge (deadline_at) WHERE deadline_at IS NOT NULL;
CREATE INDEX challenge_open_by_recipient ON challenge (tenant_id, recipient_index, policy_id)
  WHERE deadline_at IS NOT NULL;

CREATE TABLE delivery (
  tenant_id text NOT NULL,
  id uuid NOT NULL,
  challenge_id uuid NOT NULL,
  policy_id uuid NOT NULL,
  policy_version integer NOT NULL,
  channel text NOT NULL CHECK (channel IN ('EMAIL', 'SMS')),
  status text NOT NULL DEFAULT 'PENDING'
    CHECK (status IN ('PENDING', 'SENDING', 'SENT', 'DELIVERED', 'FAILED', 'UNKNOWN', 'DEAD')),
  -- Recipient, secret, variables, action and locale, sealed to this row; wiped when it can no longer be sent.
  message_sealed bytea,
  attempts smallint NOT NULL DEFAULT 0,
  -- Grows with every claim; only the holder of the newest claim may record an outcome.
  fence integer NOT NULL DEFAULT 0,
  -- When it may be claimed (again); null once nothing is left to do.
  due_at timestamptz,
  -- Past this a message would arrive too late to be useful.
  useful_until timestamptz NOT NULL,
  priority smallint NOT NULL DEFAULT 0,
  provider text,
  provider_message_id text,
  error text,
  traceparent text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  sent_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX delivery_by_id ON delivery (id);
CREATE INDEX delivery_due ON delivery (priority, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE delivery_attempt (
  tenant_id text NOT NULL,
  delivery_id uuid NOT NULL,
  number smallint NOT NULL,
  fence integer NOT NULL,
  provider text,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  outcome text CHECK (outcome IN ('SENT', 'TRANSIENT', 'PERMANENT', 'UNKNOWN')),
  error text,
  PRIMARY KEY (tenant_id, delivery_id, number)
) PARTITION BY RANGE (delivery_id);

CREATE TABLE limit_counter (
  tenant_id text NOT NULL,
  key bytea NOT NULL,
  count integer NOT NULL,
  window_ends_at timestamptz NOT NULL,
  blocked_until timestamptz,
  PRIMARY KEY (tenant_id, key)
) WITH (fillfactor = 50);
CREATE INDEX limit_counter_ended ON limit_counter (window_ends_at);

CREATE TABLE idempotency_key (
  tenant_id text NOT NULL,
  key text NOT NULL,
  request_digest bytea NOT NULL,
  -- The first response, sealed since it may hold a token; null while the first request is running.
  outcome_sealed bytea,
  running_until timestamptz,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_key_expired ON idempotency_key (expires_at);

CREATE TABLE audit (
  tenant_id text NOT NULL,
  id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  event text NOT NULL,
  issuer text NOT NULL,
  client text NOT NULL,
  object_id uuid,
  reason text,
  detail jsonb,
  PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX audit_object ON audit (tenant_id, object_id, id);

CREATE TABLE challenge_default PARTITION OF challenge DEFAULT;
CREATE TABLE delivery_default PARTITION OF delivery DEFAULT;
CREATE TABLE delivery_attempt_default PARTITION OF delivery_attempt DEFAULT;
CREATE TABLE audit_default PARTITION OF audit DEFAULT;
`;

const PARTITIONS = `
CREATE FUNCTION uuid_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
COMMENT ON FUNCTION uuid_floor IS 'The least UUIDv7 (RFC 9562, section 5.7) made at a time: the bound of a partition.';

CREATE FUNCTION isolate_tenants(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY tenant ON %s TO acs_api, acs_worker USING (tenant_id = nullif(current_setting(''acs.tenant_id'', true), ''''))',
    target);
END $$;

CREATE FUNCTION create_partition(parent text, starts_at timestamptz, ends_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE name text := parent || '_' || to_char(starts_at AT TIME ZONE 'UTC', 'YYYYMMDD');
BEGIN
  IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
  -- Built aside and attached, so that writers of the parent are not blocked.
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)', name, parent);
  PERFORM isolate_tenants(name::regclass);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
    parent, name, uuid_floor(starts_at), uuid_floor(ends_at));
END $$;

CREATE FUNCTION ensure_partitions(days_ahead integer) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  today timestamptz := date_trunc('day', clock_timestamp());
  this_month timestamptz := date_trunc('month', clock_timestamp());
  day timestamptz;
  parent text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('acs.partitions'));
  FOR day IN SELECT generate_series(today - interval '1 day', today + make_interval(days => days_ahead), interval '1 day') LOOP
    FOREACH parent IN ARRAY ARRAY['challenge', 'delivery', 'delivery_attempt'] LOOP
      PERFORM create_partition(parent, day, day + interval '1 day');
    END LOOP;
  END LOOP;
  FOR day IN SELECT generate_series(this_month, today + make_interval(days => days_ahead), interval '1 month') LOOP
    PERFORM create_partition('audit', day, day + interval '1 month');
  END LOOP;
  RETURN days_ahead;
END $$;
COMMENT ON FUNCTION ensure_partitions IS 'Makes the daily and monthly partitions from yesterday to so many days ahead.';

CREATE FUNCTION drop_partitions(challenge_days integer, delivery_days integer, audit_days integer) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  dropped text[] := '{}';
  part record;
  keep_days integer;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('acs.partitions'));
  FOR part IN
    SELECT parent.relname AS parent, child.relname AS name,
      CASE parent.relname WHEN 'audit' THEN interval '1 month' ELSE interval '1 day' END AS span
    FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent JOIN pg_class child ON child.oid = inhrelid
    WHERE parent.relname IN ('challenge', 'delivery', 'delivery_attempt', 'audit')
      AND parent.relnamespace = 'public'::regnamespace AND parent.relkind = 'p'
      AND child.relname ~ ('^' || parent.relname || '_[0-9]{8}$')
  LOOP
    keep_days := CASE part.parent WHEN 'challenge' THEN challenge_days WHEN 'audit' THEN audit_days ELSE delivery_days END;
    IF to_date(right(part.name, 8), 'YYYYMMDD') + part.span < clock_timestamp() - make_interval(days => keep_days) THEN
      EXECUTE format('DROP TABLE %I', part.name);
      dropped := dropped || part.name;
    END IF;
  END LOOP;
  RETURN dropped;
END $$;
COMMENT ON FUNCTION drop_partitions IS 'Drops what is past its retention, in days; returns the names.';

CREATE FUNCTION default_partition_rows() RETURNS bigint LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT count(*) FROM (
    (SELECT 1 FROM challenge_default LIMIT 1000) UNION ALL (SELECT 1 FROM delivery_default LIMIT 1000)
    UNION ALL (SELECT 1 FROM delivery_attempt_default LIMIT 1000) UNION ALL (SELECT 1 FROM audit_default LIMIT 1000)) rows
$$;
COMMENT ON FUNCTION default_partition_rows IS 'Rows that found no partition of their own: anything above zero is an alarm.';
`;

/** What the worker may do across tenants: learn which rows are due, by their routing columns and nothing else. */
const ROUTING = `
CREATE FUNCTION claim_deliveries(batch integer, lease_seconds integer)
RETURNS TABLE (tenant_id text, id uuid, fence integer) LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE delivery d
  SET fence = d.fence + 1, due_at = clock_timestamp() + make_interval(secs => lease_seconds)
  FROM (
    SELECT c.tenant_id, c.id FROM delivery c
    WHERE c.due_at <= clock_timestamp() AND c.id >= uuid_floor(statement_timestamp() - interval '3 days')
    ORDER BY c.priority, c.due_at
    LIMIT batch
    FOR UPDATE SKIP LOCKED
  ) due
  WHERE d.tenant_id = due.tenant_id AND d.id = due.id AND d.id >= uuid_floor(statement_timestamp() - interval '3 days')
  RETURNING d.tenant_id, d.id, d.fence
$$;
COMMENT ON FUNCTION claim_deliveries IS 'Leases due deliveries of all tenants; each claim raises the fence, an expired lease is due again.';

CREATE FUNCTION delivery_tenant(delivery_id uuid) RETURNS text LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT tenant_id FROM delivery WHERE id = delivery_id
$$;
COMMENT ON FUNCTION delivery_tenant IS 'The tenant of a delivery, so that a job that carries its id alone can enter that tenant.';

CREATE FUNCTION overdue_challenges(batch integer) RETURNS TABLE (tenant_id text, id uuid) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT tenant_id, id FROM challenge
  WHERE deadline_at <= clock_timestamp() AND id >= uuid_floor(statement_timestamp() - interval '3 days') ORDER BY deadline_at LIMIT batch
$$;
COMMENT ON FUNCTION overdue_challenges IS 'Open challenges past their deadline, of all tenants: the sweeper ends them inside each tenant.';

CREATE FUNCTION purge_expired(batch integer) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE keys integer; counters integer;
BEGIN
  DELETE FROM idempotency_key k USING (
    SELECT tenant_id, key FROM idempotency_key WHERE expires_at <= clock_timestamp() LIMIT batch FOR UPDATE SKIP LOCKED
  ) gone WHERE k.tenant_id = gone.tenant_id AND k.key = gone.key;
  GET DIAGNOSTICS keys = ROW_COUNT;
  DELETE FROM limit_counter c USING (
    SELECT tenant_id, key FROM limit_counter
    WHERE window_ends_at <= clock_timestamp() AND (blocked_until IS NULL OR blocked_until <= clock_timestamp())
    LIMIT batch FOR UPDATE SKIP LOCKED
  ) gone WHERE c.tenant_id = gone.tenant_id AND c.key = gone.key;
  GET DIAGNOSTICS counters = ROW_COUNT;
  RETURN keys + counters;
END $$;

CREATE FUNCTION longest_challenge_retention(at_least integer) RETURNS integer LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT greatest(at_least, max((settings #>> '{retention,endedChallengeDays}')::integer)) FROM configuration
$$;
COMMENT ON FUNCTION longest_challenge_retention IS 'How many days the tenant that keeps its challenges longest does; its partitions stay so long.';

CREATE FUNCTION purge_ended_challenges(default_days integer, batch integer) RETURNS integer LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH tenant AS (
    SELECT p.tenant_id, coalesce((c.settings #>> '{retention,endedChallengeDays}')::integer, default_days) AS days
    FROM (SELECT DISTINCT tenant_id FROM policy) p LEFT JOIN configuration c ON c.tenant_id = p.tenant_id
  ), gone AS (
    DELETE FROM challenge WHERE (tenant_id, id) IN (
      SELECT old.tenant_id, old.id FROM tenant, LATERAL (
        SELECT tenant_id, id FROM challenge
        WHERE tenant_id = tenant.tenant_id AND id < uuid_floor(statement_timestamp() - make_interval(days => tenant.days))
          AND ended_at < statement_timestamp() - make_interval(days => tenant.days)
        LIMIT batch
      ) old LIMIT batch)
    RETURNING 1
  )
  SELECT count(*)::integer FROM gone
$$;
COMMENT ON FUNCTION purge_ended_challenges IS 'Removes challenges of tenants that keep them for a shorter time than the partitions stay; returns how many.';
COMMENT ON FUNCTION purge_expired IS 'Removes idempotency keys and counters whose time is over; returns how many.';
`;

const ISOLATION = `
SELECT isolate_tenants(name::regclass) FROM unnest(ARRAY[
  'policy', 'policy_version', 'configuration', 'challenge', 'challenge_default', 'delivery', 'delivery_default',
  'delivery_attempt', 'delivery_attempt_default', 'limit_counter', 'idempotency_key', 'audit', 'audit_default']) name;

-- The owner runs the functions above for the worker; forced row-level security binds it too but for these.
CREATE POLICY routing_select ON delivery FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY routing_update ON delivery FOR UPDATE TO CURRENT_USER USING (true);
CREATE POLICY sweeping_select ON challenge FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY purging ON challenge FOR DELETE TO CURRENT_USER USING (true);
CREATE POLICY retention ON configuration FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY retention ON policy FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY purging ON idempotency_key TO CURRENT_USER USING (true);
CREATE POLICY purging ON limit_counter TO CURRENT_USER USING (true);
CREATE POLICY counting ON challenge_default FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY counting ON delivery_default FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY counting ON delivery_attempt_default FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY counting ON audit_default FOR SELECT TO CURRENT_USER USING (true);

SELECT ensure_partitions(14);
`;

const GRANTS = `
GRANT SELECT, INSERT, UPDATE ON policy, configuration TO acs_api;
GRANT SELECT, INSERT ON policy_version TO acs_api;
GRANT SELECT, INSERT, UPDATE ON challenge, delivery TO acs_api;
GRANT SELECT ON delivery_attempt TO acs_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON limit_counter, idempotency_key TO acs_api;
GRANT SELECT, INSERT ON audit TO acs_api;

GRANT SELECT ON policy, policy_version, configuration TO acs_worker;
GRANT SELECT, UPDATE ON challenge, delivery TO acs_worker;
GRANT SELECT, INSERT, UPDATE ON delivery_attempt TO acs_worker;
GRANT SELECT, INSERT ON audit TO acs_worker;

REVOKE ALL ON FUNCTION uuid_floor, isolate_tenants, create_partition, ensure_partitions, drop_partitions,
  default_partition_rows, claim_deliveries, delivery_tenant, overdue_challenges, purge_expired,
  longest_challenge_retention, purge_ended_challenges FROM PUBLIC;
GRANT EXECUTE ON FUNCTION uuid_floor TO acs_api, acs_worker;
GRANT EXECUTE ON FUNCTION ensure_partitions, drop_partitions, default_partition_rows, claim_deliveries, delivery_tenant,
  overdue_challenges, purge_expired, longest_challenge_retention, purge_ended_challenges TO acs_worker;
`;
