import type { Transaction } from '../../shared/transactor.js';

/** A counter with a row under each key of a ring. */
export interface MirroredCounter {
  readonly keys: readonly Buffer[];
  /** What it may at most count; none where only its rows matter. */
  readonly max?: number;
}

/** A row that counts as much as it may, as it was seen without being held. */
export interface FullRow {
  readonly key: Buffer;
  /** What one more would bring it to. */
  readonly count: number;
  readonly seconds_left: number;
}

/** The order in which the rows of a counter are held, so that nobody waits for whoever waits for them. */
export function inOrderOfBytes(keys: readonly Buffer[]): readonly Buffer[] {
  return [...keys].sort((one, other) => Buffer.compare(one, other));
}

/** True of a row of `limit_counter` once `alignCounters` holds it: this transaction wrote it. */
export const IS_HELD = 'l.xmin = pg_current_xact_id()::xid';

/**
 * While several keys are in the ring, a counter has a row under each of them, and every process writes those it
 * knows: whatever the order of its ring, it meets the others at a row that all of them count in. This holds the
 * rows until the transaction ends and brings them to the highest count and the latest end among them. Where one
 * is seen to be full it waits for none and holds none, and returns those that are. A counter of one row needs
 * none of it and costs no statement.
 */
export async function alignCounters(
  tx: Transaction,
  counters: readonly MirroredCounter[],
  keyId: string | null,
): Promise<readonly FullRow[]> {
  const rows = counters.flatMap(({ keys, max }, counter) =>
    keys.length > 1 ? keys.map((key) => ({ key, counter, max: max ?? null })) : [],
  );
  if (rows.length === 0) return [];
  const values = [tx.tenant, rows.map(({ key }) => key), rows.map(({ counter }) => counter)];
  const [full] = await Promise.all([
    tx.rows<FullRow>({
      name: 'counters-hold',
      // As `inOrderOfBytes` has it, counter by counter.
      text: `WITH asked AS (
          SELECT * FROM unnest($2::bytea[], $3::int[], $4::int[]) a (key, counter, max)
        ), full_already AS (
          SELECT l.key, l.count + 1 AS count, l.window_ends_at
          FROM limit_counter l JOIN asked ON asked.key = l.key
          WHERE l.tenant_id = $1 AND l.key = ANY($2::bytea[]) AND l.count >= asked.max AND l.window_ends_at > clock_timestamp()
        ), held AS (
          INSERT INTO limit_counter AS l (tenant_id, key, count, window_ends_at, key_id)
          SELECT $1, key, 0, clock_timestamp(), $5 FROM asked
          WHERE NOT EXISTS (SELECT FROM full_already) ORDER BY counter, key
          ON CONFLICT (tenant_id, key) DO UPDATE SET count = l.count
        )
        SELECT key, count, ceil(extract(epoch FROM window_ends_at - clock_timestamp()))::int AS seconds_left FROM full_already`,
      values: [...values, rows.map(({ max }) => max), keyId],
    }),
    tx.rows({
      name: 'counters-align',
      // A statement of its own, so that it reads the rows as they are once they are held. Of two that count the same
      // and wait the same, one that is decided was decided by a process that knows no other row.
      text: `WITH held AS (
          SELECT l.key, asked.counter, l.window_ends_at, l.blocked_until, l.undecided_since,
            CASE WHEN l.window_ends_at > clock_timestamp() THEN l.count ELSE 0 END AS count
          FROM unnest($2::bytea[], $3::int[]) asked (key, counter)
          JOIN limit_counter l ON l.tenant_id = $1 AND l.key = ANY($2::bytea[]) AND l.key = asked.key AND ${IS_HELD}
        ), highest AS (
          SELECT DISTINCT ON (counter) counter, count, undecided_since,
            max(window_ends_at) OVER (PARTITION BY counter) AS window_ends_at,
            max(blocked_until) OVER (PARTITION BY counter) AS blocked_until
          FROM held ORDER BY counter, count DESC, blocked_until DESC NULLS LAST, undecided_since NULLS FIRST
        )
        UPDATE limit_counter l SET count = h.count, window_ends_at = h.window_ends_at,
          blocked_until = h.blocked_until, undecided_since = h.undecided_since
        FROM held JOIN highest h USING (counter)
        WHERE l.tenant_id = $1 AND l.key = ANY($2::bytea[]) AND l.key = held.key
          AND (l.count, l.window_ends_at, l.blocked_until, l.undecided_since)
            IS DISTINCT FROM (h.count, h.window_ends_at, h.blocked_until, h.undecided_since)`,
      values,
    }),
  ]);
  return full;
}
