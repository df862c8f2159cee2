import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { projectRoot } from '../support/quickstart-run.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const DDL = readFileSync(join(projectRoot, 'docker', 'postgres', 'citus.sql'), 'utf8');

/** What Citus demands of a table that it distributes, in the place of Citus: it cannot be had here. */
const RULES = `
CREATE TABLE distributed (name regclass PRIMARY KEY, key text NOT NULL, colocated_with text NOT NULL);
CREATE FUNCTION create_distributed_table(target regclass, key text, colocate_with text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE fault text;
BEGIN
  SELECT 'has no column that every row has' INTO fault WHERE NOT EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = target AND attname = key AND attnotnull);
  IF fault IS NULL THEN
    SELECT 'has a unique key without it: ' || indexrelid::regclass INTO fault FROM pg_index
      WHERE indrelid = target AND indisunique AND NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = target AND attname = key AND attnum = ANY (indkey));
  END IF;
  IF fault IS NULL THEN
    SELECT 'refers to another tenant''s rows, or to a table that is not colocated: ' || conname INTO fault FROM pg_constraint
      WHERE conrelid = target AND contype = 'f' AND NOT (
        EXISTS (SELECT FROM pg_attribute a JOIN pg_attribute f ON f.attrelid = confrelid AND f.attname = key
          WHERE a.attrelid = target AND a.attname = key AND array_position(conkey, a.attnum) = array_position(confkey, f.attnum))
        AND EXISTS (SELECT FROM distributed WHERE name = confrelid));
  END IF;
  IF fault IS NULL AND colocate_with <> 'none' AND NOT EXISTS (
    SELECT FROM distributed WHERE name = colocate_with::regclass) THEN fault := 'is to lie beside a table that is not distributed'; END IF;
  IF fault IS NULL AND (SELECT relispartition FROM pg_class WHERE oid = target) THEN fault := 'is a partition'; END IF;
  IF fault IS NOT NULL THEN RAISE EXCEPTION '% %', target, fault; END IF;
  INSERT INTO distributed VALUES (target, key, colocate_with);
END $$;`;

describe('The distribution by tenant', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.superuserUrl });
    await client.connect();
    await client.query(RULES);
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it('fits the schema, and leaves out no table of tenants', async () => {
    await client.query(DDL);
    const { rows } = await client.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
         AND c.relname NOT IN ('migration', 'distributed') AND NOT EXISTS (SELECT FROM distributed d WHERE d.name = c.oid)`,
    );
    expect(rows).toEqual([]);
    const { rows: keys } = await client.query<{ key: string }>('SELECT DISTINCT key FROM distributed');
    expect(keys).toEqual([{ key: 'tenant_id' }]);
  });

  it.each([
    ['a key without the tenant', 'CREATE UNIQUE INDEX global ON policy (alias)', /policy has a unique key/],
    [
      'a table whose rows need no tenant',
      'ALTER TABLE audit DROP CONSTRAINT audit_pkey, ALTER tenant_id DROP NOT NULL',
      /audit has no column/,
    ],
  ])('is refused where the schema gets %s', async (_name, change, refusal) => {
    await client.query('TRUNCATE distributed');
    await client.query('BEGIN');
    await client.query(change);
    await expect(client.query(DDL)).rejects.toThrow(refusal);
    await client.query('ROLLBACK');
  });
});
