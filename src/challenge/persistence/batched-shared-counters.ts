import { Injectable } from '@nestjs/common';
import { KeyRing } from '../../keys/key-ring.js';
import { CounterTransactor } from '../../shared/transactor.js';
import type { ExceededLimit, Reservation } from '../application/limit-counters.js';
import { SharedCounters } from '../application/shared-counters.js';
import { alignCounters, inOrderOfBytes } from './aligned-counters.js';

/** One of a counter's places, within the limit or beyond it. */
interface Place {
  readonly reservation: Reservation;
  readonly isFree: boolean;
  /** As the database writes it, to the microsecond. */
  readonly windowEndsAt: string;
  readonly secondsLeft: number;
}

interface Waiting {
  readonly reservation: Reservation;
  readonly resolve: (place: Place) => void;
  readonly reject: (error: unknown) => void;
}

interface CounterRow {
  readonly count: number;
  readonly window_ends_at: string;
  readonly seconds_left: number;
}

/** One statement at a time for each counter: what arrives meanwhile goes together with the next. */
@Injectable()
export class BatchedSharedCounters extends SharedCounters {
  /** What waits behind the statement under way, by counter; no entry where none is under way. */
  private readonly queues = new Map<string, Waiting[]>();

  constructor(
    private readonly transactor: CounterTransactor,
    private readonly ring: KeyRing,
  ) {
    super();
  }

  async take(tenant: string, reservations: readonly Reservation[]): Promise<ExceededLimit | undefined> {
    const places = await Promise.all(reservations.map((reservation) => this.takeOne(tenant, reservation)));
    const exceeded = places.find(({ isFree }) => !isFree);
    if (!exceeded) return undefined;
    const taken = places.filter(({ isFree }) => isFree);
    if (taken.length > 0) await this.giveBack(tenant, taken);
    return { reservation: exceeded.reservation, retryAfterSeconds: Math.max(1, exceeded.secondsLeft) };
  }

  private async takeOne(tenant: string, reservation: Reservation): Promise<Place> {
    const name = reservation.keys.map((key) => key.toString('base64')).join();
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
      const row = await this.add(tenant, batch);
      batch.forEach(({ reservation, resolve }, index) => {
        resolve({
          reservation,
          isFree: row.count - batch.length + index < reservation.max,
          windowEndsAt: row.window_ends_at,
          secondsLeft: row.seconds_left,
        });
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
  private async add(tenant: string, batch: readonly Waiting[]): Promise<CounterRow> {
    const [first] = batch;
    if (!first) throw new Error('A batch is never empty');
    const { keys, windowSeconds } = first.reservation;
    const { currentKeyId } = this.ring;
    const most = Math.max(...batch.map(({ reservation }) => reservation.max));
    const row = await this.transactor.inTenant(tenant, async (tx) => {
      const [, rows] = await Promise.all([
        alignCounters(tx, [{ keys }], currentKeyId),
        tx.rows<CounterRow>({
          name: 'shared-counter-add',
          // The time is asked once: a window ends at the same instant under every key.
          text: `INSERT INTO limit_counter AS l (tenant_id, key, count, window_ends_at, key_id)
            SELECT $1, key, $3, (SELECT clock_timestamp()) + make_interval(secs => $4), $5 FROM unnest($2::bytea[]) key
            ON CONFLICT (tenant_id, key) DO UPDATE SET
              count = CASE WHEN l.window_ends_at > clock_timestamp() THEN l.count ELSE 0 END + excluded.count,
              window_ends_at = CASE WHEN l.window_ends_at > clock_timestamp() THEN l.window_ends_at ELSE excluded.window_ends_at END,
              key_id = excluded.key_id
            RETURNING l.count, l.window_ends_at::text AS window_ends_at,
              ceil(extract(epoch FROM l.window_ends_at - clock_timestamp()))::int AS seconds_left`,
          values: [tenant, keys, batch.length, windowSeconds, currentKeyId],
        }),
      ]);
      const [counted] = rows.sort((one, other) => other.count - one.count);
      if (counted && counted.count > most) {
        tx.run({
          name: 'shared-counter-cap',
          text: 'UPDATE limit_counter SET count = greatest($3, count - $4) WHERE tenant_id = $1 AND key = ANY($2::bytea[])',
          values: [tenant, keys, most, batch.length],
        });
      }
      return counted;
    });
    if (!row) throw new Error('A counter always has a count');
    return row;
  }

  /** In the window they were taken in, or not at all: a later one has never held them. */
  private async giveBack(tenant: string, places: readonly Place[]): Promise<void> {
    await this.transactor.inTenant(tenant, async (tx) => {
      for (const { reservation, windowEndsAt } of places) {
        for (const key of inOrderOfBytes(reservation.keys)) {
          tx.run({
            name: 'shared-counter-give-back',
            text: `UPDATE limit_counter SET count = count - 1
              WHERE tenant_id = $1 AND key = $2 AND window_ends_at = $3::timestamptz AND count > 0`,
            values: [tenant, key, windowEndsAt],
          });
        }
      }
      return Promise.resolve();
    });
  }
}
