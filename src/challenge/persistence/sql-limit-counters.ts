import { Injectable } from '@nestjs/common';
import { KeyRing } from '../../keys/key-ring.js';
import type { Transaction } from '../../shared/transactor.js';
import { type ExceededLimit, LimitCounters, type Reservation } from '../application/limit-counters.js';
import { alignCounters, type FullRow, IS_HELD } from './aligned-counters.js';
import { NOT_AWAITING_DISK } from './not-awaiting-disk.js';

interface CounterRow extends FullRow {
  readonly is_reserved: boolean;
}

@Injectable()
export class SqlLimitCounters extends LimitCounters {
  constructor(private readonly ring: KeyRing) {
    super();
  }

  async reserve(tx: Transaction, reservations: readonly Reservation[]): Promise<ExceededLimit | undefined> {
    const { currentKeyId } = this.ring;
    const asked = reservations.flatMap(({ keys, max, windowSeconds }) =>
      keys.map((key) => ({ key, max, windowSeconds })),
    );
    const [full, rows] = await Promise.all([
      alignCounters(tx, reservations, currentKeyId),
      tx.rows<CounterRow>({
        ...(asked.length === reservations.length ? RESERVE : RESERVE_HELD),
        values: [
          tx.tenant,
          asked.map(({ key }) => key),
          asked.map(({ max }) => max),
          asked.map(({ windowSeconds }) => windowSeconds),
          currentKeyId,
        ],
      }),
    ]);
    const exceeded = reservations.flatMap((reservation) => {
      const row = [...full, ...rows].find(
        ({ key, count }) => count > reservation.max && reservation.keys.some((own) => own.equals(key)),
      );
      return row ? [{ reservation, retryAfterSeconds: Math.max(1, row.seconds_left) }] : [];
    });
    if (exceeded.length > 0) {
      if (rows.some((row) => row.is_reserved)) this.release(tx, reservations);
      tx.run(NOT_AWAITING_DISK);
    }
    return exceeded.sort((one, other) => other.retryAfterSeconds - one.retryAfterSeconds)[0];
  }

  release(tx: Transaction, reservations: readonly Reservation[]): void {
    tx.run({
      name: 'limit-release',
      // A window starts with its first use: what is given back must not have started one.
      text: `WITH first AS (
          DELETE FROM limit_counter WHERE tenant_id = $1 AND key = ANY($2::bytea[]) AND count = 1
        )
        UPDATE limit_counter SET count = count - 1 WHERE tenant_id = $1 AND key = ANY($2::bytea[]) AND count > 1`,
      values: [tx.tenant, reservations.flatMap(({ keys }) => keys)],
    });
  }
}

const RESERVE = { name: 'limit-reserve', text: reserveWhere('true', 'clock_timestamp()') };

/**
 * Nothing is reserved in rows that were not held: one was seen to be full, and may no longer be. The time is asked
 * once: a window ends at the same instant under every key.
 */
const RESERVE_HELD = {
  name: 'limit-reserve-held',
  text: reserveWhere(
    `EXISTS (SELECT FROM limit_counter l WHERE l.tenant_id = $1 AND l.key = ANY($2::bytea[]) AND ${IS_HELD})`,
    '(SELECT clock_timestamp())',
  ),
};

/**
 * Counters are named twice, so that a plan from when the table was small does not read all of the tenant's to join them.
 * What is seen to be full is refused without waiting for whoever holds the counters; what is not may be by then.
 */
function reserveWhere(condition: string, start: string): string {
  return `WITH asked AS (
      SELECT * FROM unnest($2::bytea[], $3::int[], $4::int[]) WITH ORDINALITY a (key, max, seconds, position)
    ), full_already AS (
      SELECT l.key, l.count + 1 AS count, l.window_ends_at
      FROM limit_counter l JOIN asked ON asked.key = l.key
      WHERE l.tenant_id = $1 AND l.key = ANY($2::bytea[])
        AND l.count >= asked.max AND l.window_ends_at > clock_timestamp()
    ), reserved AS (
      INSERT INTO limit_counter AS l (tenant_id, key, count, window_ends_at, key_id)
      SELECT $1, key, 1, ${start} + make_interval(secs => seconds), $5
      FROM asked WHERE NOT EXISTS (SELECT FROM full_already) AND ${condition} ORDER BY position
      ON CONFLICT (tenant_id, key) DO UPDATE SET
        count = CASE WHEN l.window_ends_at > clock_timestamp() THEN l.count ELSE 0 END + 1,
        window_ends_at = CASE WHEN l.window_ends_at > clock_timestamp() THEN l.window_ends_at ELSE excluded.window_ends_at END,
        key_id = excluded.key_id
      RETURNING l.key, l.count, l.window_ends_at
    )
    SELECT key, count, is_reserved, ceil(extract(epoch FROM window_ends_at - clock_timestamp()))::int AS seconds_left
    FROM (SELECT *, false AS is_reserved FROM full_already UNION ALL SELECT *, true FROM reserved) counter`;
}
