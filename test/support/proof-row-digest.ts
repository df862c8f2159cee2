import pg from 'pg';

/** Every row of every tenant table, told in brief: the audit trail as text, all else as one digest for each tenant. */
export interface RowState {
  readonly digests: ReadonlyMap<string, string>;
  /** Oldest first. */
  readonly audit: readonly string[];
}

export interface RowChanges {
  /** `table of tenant`, for each that is not as it was. */
  readonly rows: readonly string[];
  /** `tenant event reason`, for each row that was added; a row that was altered or removed is told too. */
  readonly audit: readonly string[];
}

/** Watches for side effects: the tables are those that the catalogue has, whatever a migration added. */
export class RowDigest {
  private constructor(
    private readonly client: pg.Client,
    readonly tables: readonly string[],
  ) {}

  /** By a superuser, whom row-level security hides nothing from. */
  static async open(superuserUrl: string): Promise<RowDigest> {
    const client = new pg.Client({ connectionString: superuserUrl });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(`
      SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
      ORDER BY c.relname`);
    return new RowDigest(
      client,
      rows.map(({ name }) => name),
    );
  }

  async take(): Promise<RowState> {
    const digests = this.tables
      .filter((table) => table !== 'audit')
      .map(
        (table) =>
          `SELECT '${table} of ' || tenant_id AS name, md5(string_agg(t::text, E'\\n' ORDER BY t::text)) AS digest
           FROM ${table} t GROUP BY tenant_id`,
      );
    const { rows } = await this.client.query<{ name: string; digest: string }>(digests.join(' UNION ALL '));
    const { rows: audit } = await this.client.query<{ told: string }>(
      `SELECT concat_ws(' ', tenant_id, event, reason) || E'\\t' || a::text AS told FROM audit a ORDER BY id`,
    );
    return {
      digests: new Map(rows.map(({ name, digest }) => [name, digest])),
      audit: audit.map(({ told }) => told),
    };
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

/** What is not as it was. */
export function changesBetween(before: RowState, after: RowState): RowChanges {
  const names = new Set([...before.digests.keys(), ...after.digests.keys()]);
  const kept = before.audit.every((told, index) => after.audit[index] === told);
  return {
    rows: [...names].filter((name) => before.digests.get(name) !== after.digests.get(name)).sort(),
    audit: kept
      ? after.audit.slice(before.audit.length).map((told) => told.split('\t', 1)[0]!)
      : ['earlier rows are not as they were'],
  };
}
