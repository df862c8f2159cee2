import { Injectable } from '@nestjs/common';
import { CounterTransactor } from '../../shared/transactor.js';
import type { ExceededLimit, Reservation } from '../application/limit-counters.js';
import { SharedCounters } from '../application/shared-counters.js';

interface Waiting {
  readonly reservation: Reservation;
  readonly resolve: (exceeded: ExceededLimit | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** One statement at a time for each counter: what arrives meanwhile goes together with the next. */
@Injectable()
export class BatchedSharedCounters extends SharedCounters {
  /** What waits behind the statement under way, by counter; no entry where none is under way. */
  private readonly queues = new Map<string, Waiting[]>();

  constructor(private readonly transactor: CounterTransactor) {
    super();
  }

  async take(tenant: string, reservation: Reservation): Promise<ExceededLimit | undefined> {
    const name = reservation.key.toString('base64');
    return new Promise((resolve, reject) => {
      const waiting = { reservation, resolve, reject };
      const queue = this.queues.get(name);
      if (queue) {
        queue.push(waiting);
      } else {
        this.queues.set(name, []);
        void this.takeAll(name, tenant, [waiting]);
      }
    });
  }

  private async takeAll(name: string, tenant: string, batch: readonly Waiting[]): Promise<void> {
    try {
      const { count, secondsLeft } = await this.add(tenant, batch);
      batch.forEach(({ reservation: { per, max, windowSeconds }, resolve }, index) => {
        const place = count - batch.length + index + 1;
        resolve(
          place <= max ? undefined : { per, max, windowSeconds, retryAfterSeconds: Math.max(1, secondsLeft) },
        );
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    const next = this.queues.get(name) ?? [];
    if (next.length === 0) {
      this.queues.delete(name);
    } else {
      this.queues.set(name, []);
      void this.takeAll(name, tenant, next);
    }
  }

  /** What the batch brings the count to. What is stored stays within the limit: a refusal takes nothing from a later, higher one. */
  private async add(
    tenant: string,
    batch: readonly Waiting[],
  ): Promise<{ count: number; secondsLeft: number }> {
    const [first] = batch;
    if (!first) throw new Error('A batch is never empty');
    const { key, windowSeconds } = first.reservation;
    const most = Math.max(...batch.map(({ reservation }) => reservation.max));
    const row = await this.transactor.inTenant(tenant, async (tx) => {
      const [counted] = await tx.rows<{ count: number; seconds_left: number }>({
        name: 'shared-counter-add',
        text: `INSERT INTO limit_counter AS l (tenant_id, key, count, window_ends_at)
          VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))
          ON CONFLICT (tenant_id, key) DO UPDATE SET
            count = CASE WHEN l.window_ends_at > clock_timestamp() THEN l.count ELSE 0 END + excluded.count,
            window_ends_at = CASE WHEN l.window_ends_at > clock_timestamp() THEN l.window_ends_at ELSE excluded.window_ends_at END
          RETURNING l.count, ceil(extract(epoch FROM l.window_ends_at - clock_timestamp()))::int AS seconds_left`,
        values: [tenant, key, batch.length, windowSeconds],
      });
      if (counted && counted.count > most) {
        tx.run({
          name: 'shared-counter-cap',
          text: 'UPDATE limit_counter SET count = greatest($3, count - $4) WHERE tenant_id = $1 AND key = $2',
          values: [tenant, key, most, batch.length],
        });
      }
      return counted;
    });
    if (!row) throw new Error('A counter always has a count');
    return { count: row.count, secondsLeft: row.seconds_left };
  }
}
