import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { withClient } from '../../scripts/quickstart/database.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import {
  insertRow,
  type TenantPartition,
  type TenantRelation,
  tenantRelations,
  type Verb,
  VERBS,
} from '../support/tenant-relations.js';

const [OURS, THEIRS] = ['acme', 'globex'] as const;
const ROLES = ['acs_api', 'acs_worker'] as const;
/** A transaction before it says whose it is, and one after that of another, on the same connection. */
const NO_TENANT = [undefined, ''] as const;

/** A table, or a partition under its own name. */
interface Target {
  readonly name: string;
  readonly relation: TenantRelation;
  readonly partition: TenantPartition | undefined;
}

interface Granted {
  readonly verbs: readonly Verb[];
  /** Columns that may be written, `tenant_id` aside. */
  readonly writable: readonly string[];
  readonly mayMove: boolean;
}

/** What a statement did: how many rows it met, or why it was refused. */
type Effect = number | string;

describe('the isolation of tenants, of every table and partition of the catalogue', () => {
  let database: TestDatabase;
  let targets: readonly Target[];
  /** How many rows each has, of ours and of theirs. */
  const counts = new Map<string, Readonly<Record<string, number>>>();

  beforeAll(async () => {
    database = await createTestDatabase();
    await withClient(database.superuserUrl, async (client) => {
      const relations = await tenantRelations(client);
      targets = relations.flatMap((relation) => [
        { name: relation.name, relation, partition: relation.partitions[0] },
        ...relation.partitions.map((partition) => ({ name: partition.name, relation, partition })),
      ]);
      // What refers to what is no part of the proof, and would keep rows from being removed one table at a time.
      await dropForeignKeys(client);
      for (const relation of relations)
        for (const partition of relation.partitions.length > 0 ? relation.partitions : [undefined])
          for (const tenant of [OURS, THEIRS]) await client.query(insertRow(relation, tenant, partition));
      for (const { name } of targets) counts.set(name, await countsOf(client, name));
    });
  });

  afterAll(async () => {
    await database.drop();
  });

  it('is tried on rows of both tenants everywhere', () => {
    const bare = targets.filter(({ name }) => !(counts.get(name)?.[OURS] && counts.get(name)?.[THEIRS]));
    expect(bare.map(({ name }) => name)).toEqual([]);
    // The catalogue is not read past something: nine tables, three with a partition a day, one with one a month.
    expect(targets.length).toBeGreaterThan(9 + 3 * 16);
  });

  describe.each(ROLES)('for %s', (role) => {
    it('holds for every verb that is granted, and the others are refused', async () => {
      const wrong = await withClient(urlOf(role), async (client) => {
        const found: string[] = [];
        for (const target of targets) {
          const granted = await grantsOf(client, target.name);
          found.push(...(await breaches(client, target, granted)));
          found.push(...(await unrefused(client, target, granted)));
        }
        return found;
      });
      expect(wrong).toEqual([]);
    });

    it('would hold if everything were granted', async () => {
      const { username } = new URL(urlOf(role));
      await withClient(database.superuserUrl, (client) =>
        client.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO "${username}"`),
      );
      const wrong = await withClient(urlOf(role), async (client) => {
        const found: string[] = [];
        for (const target of targets) {
          const granted = await grantsOf(client, target.name);
          expect(granted.verbs).toEqual(VERBS);
          found.push(...(await breaches(client, target, granted)));
        }
        return found;
      });
      expect(wrong).toEqual([]);
    });
  });

  function urlOf(role: (typeof ROLES)[number]): string {
    return role === 'acs_api' ? database.apiUrl : database.workerUrl;
  }

  /** Everything that a statement saw, changed or planted that it should not have. */
  async function breaches(client: pg.Client, target: Target, granted: Granted): Promise<string[]> {
    const found: string[] = [];
    const own = counts.get(target.name)![OURS]!;
    const demand = async (tenant: string | undefined, text: string, expected: Effect): Promise<void> => {
      const effect = await effectOf(client, tenant, text);
      const met = typeof expected === 'number' ? effect === expected : String(effect).includes(expected);
      if (!met) found.push(`as ${tenant ?? 'nobody'}: ${text}: ${effect}, not ${expected}`);
    };
    for (const statement of statements(target, granted)) {
      await demand(OURS, statement(''), own);
      await demand(OURS, statement(`WHERE tenant_id = '${THEIRS}'`), 0);
      for (const nobody of NO_TENANT) await demand(nobody, statement(''), 0);
    }
    if (granted.mayMove)
      await demand(OURS, `UPDATE "${target.name}" SET tenant_id = '${THEIRS}'`, 'row-level security');
    if (granted.verbs.includes('INSERT')) {
      await demand(OURS, inserting(target, THEIRS), 'row-level security');
      for (const nobody of NO_TENANT)
        for (const tenant of [OURS, THEIRS])
          await demand(nobody, inserting(target, tenant), 'row-level security');
    }
    return found;
  }

  /** Verbs that are not granted and were not refused all the same. */
  async function unrefused(client: pg.Client, target: Target, { verbs }: Granted): Promise<string[]> {
    const found: string[] = [];
    const { name } = target;
    const all: Readonly<Record<Verb, string>> = {
      SELECT: `SELECT FROM "${name}"`,
      INSERT: inserting(target, OURS),
      UPDATE: `UPDATE "${name}" SET tenant_id = tenant_id`,
      DELETE: `DELETE FROM "${name}"`,
    };
    for (const verb of VERBS) {
      if (verbs.includes(verb)) continue;
      const effect = await effectOf(client, OURS, all[verb]);
      if (!String(effect).includes('permission denied')) found.push(`${all[verb]}: ${effect}`);
    }
    return found;
  }
});

/** What could meet rows, by the condition that it is given. */
function statements({ name }: Target, { verbs, writable }: Granted): ((condition: string) => string)[] {
  const [column] = writable;
  const made: ((condition: string) => string)[] = [];
  if (verbs.includes('SELECT')) made.push((where) => `SELECT tenant_id FROM "${name}" ${where}`);
  if (verbs.includes('UPDATE') && column !== undefined)
    made.push(
      (where) => `SELECT tenant_id FROM "${name}" ${where} FOR UPDATE`,
      (where) => `UPDATE "${name}" SET "${column}" = "${column}" ${where}`,
    );
  if (verbs.includes('DELETE')) made.push((where) => `DELETE FROM "${name}" ${where}`);
  return made;
}

function inserting({ name, relation, partition }: Target, tenant: string): string {
  return insertRow({ ...relation, name }, tenant, partition);
}

async function dropForeignKeys(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ table: string; name: string }>(
    `SELECT conrelid::regclass::text AS table, conname::text AS name FROM pg_constraint
     WHERE contype = 'f' AND conparentid = 0`,
  );
  for (const { table, name } of rows) await client.query(`ALTER TABLE ${table} DROP CONSTRAINT "${name}"`);
}

async function countsOf(client: pg.Client, table: string): Promise<Readonly<Record<string, number>>> {
  const { rows } = await client.query<{ tenant_id: string; n: number }>(
    `SELECT tenant_id, count(*)::int AS n FROM "${table}" GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ tenant_id, n }) => [tenant_id, n]));
}

/** What the session's role may do with a table, as the catalogue has it. */
async function grantsOf(client: pg.Client, table: string): Promise<Granted> {
  const { rows: verbs } = await client.query<{ verb: Verb }>(
    `SELECT verb FROM unnest($2::text[]) verb
     WHERE CASE verb WHEN 'DELETE' THEN has_table_privilege($1, verb) ELSE has_any_column_privilege($1, verb) END`,
    [table, VERBS],
  );
  const { rows: columns } = await client.query<{ name: string }>(
    `SELECT attname::text AS name FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
       AND has_column_privilege(attrelid, attnum, 'UPDATE') AND has_column_privilege(attrelid, attnum, 'SELECT')
     ORDER BY attnum DESC`,
    [table],
  );
  const names = columns.map(({ name }) => name);
  return {
    verbs: verbs.map(({ verb }) => verb),
    writable: names.filter((name) => name !== 'tenant_id'),
    mayMove: names.includes('tenant_id'),
  };
}

/** Does it in a transaction of the tenant, and undoes it. */
async function effectOf(client: pg.Client, tenant: string | undefined, text: string): Promise<Effect> {
  await client.query('BEGIN');
  try {
    if (tenant !== undefined) await client.query(`SELECT set_config('acs.tenant_id', $1, true)`, [tenant]);
    const { rowCount } = await client.query(text);
    return rowCount ?? 0;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await client.query('ROLLBACK');
  }
}
