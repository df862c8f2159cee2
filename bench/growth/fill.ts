import type pg from 'pg';
import { columnsOf } from '../rig/stock.js';

/** The days of history: one more than challenges are kept, so that one is due to be dropped. */
const DAYS = 31;
/** The same of deliveries. */
const DELIVERY_DAYS = 8;
const BATCH = 50_000;

/** A UUIDv7 (RFC 9562) of the n-th moment of a day; `salt` tells the identifiers of a row apart. */
const idOf = (salt: string): string =>
  `(lpad(to_hex((extract(epoch FROM m.at) * 1000)::bigint), 12, '0') || '7' || substr(md5(m.n || '${salt}'), 1, 3)
    || '8' || substr(md5(m.n || '${salt}'), 4, 15))::uuid`;

/** What sets a stored row apart from its template, by table; `m` is the moment. */
const OVERRIDES: Readonly<Record<'challenge' | 'delivery' | 'audit', Readonly<Record<string, string>>>> = {
  challenge: {
    id: idOf('challenge'),
    state: `'COMPLETED'`,
    attempts_used: '1',
    delivery_id: idOf('delivery'),
    answer_mac: `sha256(m.n::text::bytea)`,
    recipient_index: `sha256(('recipient' || m.n)::bytea)`,
    created_at: 'm.at',
    expires_at: `m.at + interval '10 minutes'`,
    verified_at: `m.at + interval '1 minute'`,
    complete_before: `m.at + interval '6 minutes'`,
    completed_at: `m.at + interval '1 minute'`,
    ended_at: `m.at + interval '1 minute'`,
  },
  delivery: {
    id: idOf('delivery'),
    challenge_id: idOf('challenge'),
    status: `'SENT'`,
    message_sealed: 'NULL',
    attempts: '1',
    due_at: 'NULL',
    useful_until: `m.at + interval '10 minutes'`,
    created_at: 'm.at',
    sent_at: `m.at + interval '1 second'`,
    ended_at: `m.at + interval '1 minute'`,
  },
  audit: { id: idOf('audit'), at: 'm.at', event: `'challenge.completed'`, object_id: idOf('challenge') },
};

/** Fills the tables with ended challenges of the days before today, copies of one that the API issued. */
export class History {
  private stored = 0;

  /** The client is the owner of the tables and may read rows of all tenants. */
  constructor(
    private readonly client: pg.Client,
    private readonly templateId: string,
  ) {}

  /** Makes the partitions of the days; the upkeep makes those of the days to come. */
  async prepare(): Promise<void> {
    await this.client.query(`SET timezone = 'UTC'; SET synchronous_commit = off`);
    for (let day = DAYS; day >= 2; day -= 1) {
      await this.createPartition('challenge', day);
      if (day > DELIVERY_DAYS) continue;
      await this.createPartition('delivery', day);
      await this.createPartition('delivery_attempt', day);
    }
    for (const months of [1, 2]) {
      await this.client.query(
        `SELECT create_partition('audit', month, month + interval '1 month')
         FROM (SELECT date_trunc('month', now()) - make_interval(months => $1) AS month) m`,
        [months],
      );
    }
  }

  /** Adds challenges until so many are stored, evenly over the days. */
  async growTo(rows: number, say: (message: string) => void): Promise<void> {
    const perDay = Math.ceil((rows - this.stored) / DAYS);
    const first = this.stored;
    let told = performance.now();
    for (let day = DAYS; day >= 1; day -= 1) {
      for (let from = 0; from < perDay; from += BATCH) {
        const count = Math.min(BATCH, perDay - from);
        await this.add('challenge', day, count, perDay, from);
        if (day <= DELIVERY_DAYS) await this.add('delivery', day, count, perDay, from);
        await this.add('audit', day, count, perDay, from);
        this.stored += count;
        if (performance.now() - told < 10_000) continue;
        told = performance.now();
        say(`${this.stored} of ${rows} challenges are stored`);
      }
    }
    await this.client.query('VACUUM (ANALYZE) challenge, delivery, audit');
    say(`${this.stored - first} challenges were added`);
  }

  private async createPartition(table: string, daysAgo: number): Promise<void> {
    await this.client.query(
      `SELECT create_partition($1, day, day + interval '1 day')
       FROM (SELECT date_trunc('day', now()) - make_interval(days => $2) AS day) d`,
      [table, daysAgo],
    );
  }

  private async add(
    table: keyof typeof OVERRIDES,
    daysAgo: number,
    count: number,
    perDay: number,
    from: number,
  ): Promise<void> {
    const columns = await columnsOf(this.client, table);
    const values = columns.map((column) => OVERRIDES[table][column] ?? `t.${column}`);
    const template = { challenge: 't.id', delivery: 't.challenge_id', audit: 't.object_id' }[table];
    await this.client.query(
      `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')}
       FROM (SELECT * FROM ${table} t WHERE ${template} = $1 LIMIT 1) t, (
         SELECT $2::bigint + i AS n, date_trunc('day', now()) - make_interval(days => $3)
           + interval '1 day' * (($5::float8 + i) / $6::float8) AS at
         FROM generate_series(0, $4::bigint - 1) i) m`,
      [this.templateId, this.stored, daysAgo, count, from, perDay],
    );
  }
}

export interface TableSize {
  readonly table: string;
  readonly rows: number;
  readonly tableMiB: number;
  readonly indexMiB: number;
}

/** Tables and their indexes, all partitions together. */
export async function tableSizes(client: pg.Client): Promise<TableSize[]> {
  const { rows } = await client.query<{ name: string; rows: number; table_mib: number; index_mib: number }>(
    `SELECT root.relname AS name, sum(greatest(leaf.reltuples, 0))::float8 AS rows,
       sum(pg_table_size(leaf.oid))::float8 / 1048576 AS table_mib, sum(pg_indexes_size(leaf.oid))::float8 / 1048576 AS index_mib
     FROM pg_class root, pg_partition_tree(root.oid) tree JOIN pg_class leaf ON leaf.oid = tree.relid
     WHERE root.relname IN ('challenge', 'delivery', 'audit') AND root.relkind = 'p' AND tree.isleaf
     GROUP BY root.relname ORDER BY root.relname`,
  );
  return rows.map(({ name, rows: count, table_mib, index_mib }) => ({
    table: name,
    rows: count,
    tableMiB: table_mib,
    indexMiB: index_mib,
  }));
}
