import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../shared/transactor.js';
import { type ExceededLimit, LimitCounters, type Reservation } from '../application/limit-counters.js';

interface CounterRow {
  readonly key: Buffer;
  readonly count: number;
  readonly seconds_left: number;
}

@Injectable()
export class SqlLimitCounters extends LimitCounters {
  async reserve(tx: Transaction, reservations: readonly Reservation[]): Promise<ExceededLimit | undefined> {
    const rows = await tx.rows<CounterRow>({
      name: 'limit-reserve',
      text: `INSERT INTO limit_counter AS l (tenant_id, key, count, window_ends_at)
        SELECT $1, asked.key, 1, clock_timestamp() + make_interval(secs => asked.seconds)
        FROM unnest($2::bytea[], $3::int[]) WITH ORDINALITY asked (key, seconds, position) ORDER BY asked.position
        ON CONFLICT (tenant_id, key) DO UPDATE SET
          count = CASE WHEN l.window_ends_at > clock_timestamp() THEN l.count ELSE 0 END + 1,
          window_ends_at = CASE WHEN l.window_ends_at > clock_timestamp() THEN l.window_ends_at ELSE excluded.window_ends_at END
        RETURNING l.key, l.count, ceil(extract(epoch FROM l.window_ends_at - clock_timestamp()))::int AS seconds_left`,
      values: [
        tx.tenant,
        reservations.map(({ key }) => key),
        reservations.map(({ windowSeconds }) => windowSeconds),
      ],
    });
    const exceeded = reservations.flatMap(({ per, key, max, windowSeconds }) => {
      const row = rows.find((counter) => counter.key.equals(key));
      return row && row.count > max
        ? [{ per, max, windowSeconds, retryAfterSeconds: Math.max(1, row.seconds_left) }]
        : [];
    });
    return exceeded.sort((one, other) => other.retryAfterSeconds - one.retryAfterSeconds)[0];
  }

  release(tx: Transaction, reservations: readonly Reservation[]): void {
    tx.run({
      name: 'limit-release',
      text: 'UPDATE limit_counter SET count = count - 1 WHERE tenant_id = $1 AND key = ANY($2::bytea[])',
      values: [tx.tenant, reservations.map(({ key }) => key)],
    });
  }
}
