import type { Transaction } from '../../shared/transactor.js';

/** One use of a limit: at most `max` in `windowSeconds`, counted under a keyed hash of what it is per. */
export interface Reservation {
  readonly per: 'RECIPIENT' | 'SUBJECT' | 'CLIENT_IP' | 'CLIENT_ID' | 'POLICY' | 'TENANT';
  readonly key: Buffer;
  readonly max: number;
  readonly windowSeconds: number;
}

/** A limit that a reservation found full. */
export interface ExceededLimit {
  readonly per: Reservation['per'];
  readonly max: number;
  readonly windowSeconds: number;
  readonly retryAfterSeconds: number;
}

/**
 * Fixed windows that start with the first use. Counters are rows, reserved in the transaction of what they
 * limit, so that concurrency cannot overshoot them and a roll-back gives them back.
 */
export abstract class LimitCounters {
  /**
   * Reserves all of them, in the order given, and holds them until the transaction ends. Names the one that
   * frees last when any is full; the caller must then roll back.
   */
  abstract reserve(tx: Transaction, reservations: readonly Reservation[]): Promise<ExceededLimit | undefined>;

  /** Gives back what this transaction reserved. */
  abstract release(tx: Transaction, reservations: readonly Reservation[]): void;
}
