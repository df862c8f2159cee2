import type pg from 'pg';

export const VERBS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;
export type Verb = (typeof VERBS)[number];

interface Column {
  readonly name: string;
  /** SQL of a value that the column takes. */
  readonly value: string;
}

/** A table or a partition with rows of tenants, as the catalogue describes it. */
export interface TenantRelation {
  readonly name: string;
  /** The column by which rows go to partitions, an identifier; undefined for a table of one part. */
  readonly partitionedBy: string | undefined;
  readonly partitions: readonly TenantPartition[];
  readonly columns: readonly Column[];
}

export interface TenantPartition {
  readonly name: string;
  /** An identifier that lies in it. */
  readonly id: string;
}

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly allowed: string | null;
}

/** Sound values by type, for columns that no check restricts to a list. */
const VALUES: Readonly<Record<string, string>> = {
  text: `'x'`,
  uuid: `'0198a000-0000-7000-8000-000000000001'`,
  bytea: `'\\x01'`,
  boolean: 'false',
  smallint: '1',
  integer: '1',
  bigint: '1',
  jsonb: `'{}'`,
  'timestamp with time zone': 'now()',
};

/** Every table of the database that has a `tenant_id`, with its partitions and what a row of it needs. */
export async function tenantRelations(client: pg.Client): Promise<TenantRelation[]> {
  const { rows } = await client.query<{ name: string; partitioned: string | null }>(`
    SELECT c.relname::text AS name, substring(pg_get_partkeydef(c.oid) FROM '\\((\\w+)\\)$') AS partitioned
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`);
  const relations: TenantRelation[] = [];
  for (const { name, partitioned } of rows)
    relations.push({
      name,
      partitionedBy: partitioned ?? undefined,
      partitions: await partitionsOf(client, name),
      columns: await requiredColumns(client, name),
    });
  return relations;
}

async function partitionsOf(client: pg.Client, parent: string): Promise<TenantPartition[]> {
  const { rows } = await client.query<{ name: string; from: string | null }>(
    `SELECT c.relname::text AS name, substring(pg_get_expr(c.relpartbound, c.oid) FROM 'FROM \\(''([^'']+)') AS from
     FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = $1::regclass ORDER BY 1`,
    [parent],
  );
  return rows.map(({ name, from }) => ({ name, id: from ?? 'ffffffff-0000-7000-8000-000000000000' }));
}

async function requiredColumns(client: pg.Client, table: string): Promise<Column[]> {
  const { rows } = await client.query<ColumnRow>(
    `SELECT a.attname::text AS name, format_type(a.atttypid, NULL) AS type,
       (SELECT substring(pg_get_constraintdef(k.oid) FROM '''([^'']+)''') FROM pg_constraint k
        WHERE k.conrelid = a.attrelid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum] LIMIT 1) AS allowed
     FROM pg_attribute a
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND a.attgenerated = ''
       AND NOT a.atthasdef AND a.attname <> 'tenant_id'
     ORDER BY a.attnum`,
    [table],
  );
  return rows.map(({ name, type, allowed }) => {
    const value = allowed === null ? VALUES[type] : `'${allowed}'`;
    if (value === undefined) throw new Error(`Nobody said what a ${type} can be, for ${table}.${name}`);
    return { name, value };
  });
}

/** The statement that adds a row of a tenant, to a partition where there are any. */
export function insertRow(
  relation: TenantRelation,
  tenant: string,
  partition: TenantPartition | undefined,
): string {
  const { name, columns, partitionedBy } = relation;
  const valueOf = (column: Column): string =>
    partition && column.name === partitionedBy ? `'${partition.id}'` : column.value;
  return `INSERT INTO "${name}" (${['tenant_id', ...columns.map((column) => `"${column.name}"`)].join(', ')})
    VALUES (${[`'${tenant}'`, ...columns.map(valueOf)].join(', ')})`;
}
