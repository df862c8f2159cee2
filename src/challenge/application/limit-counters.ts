import type { Transaction } from '../../shared/transactor.js';

/** One use of a limit: at most `max` in `windowSeconds`, counted under keyed hashes of what it is per. */
export interface Reservation {
  readonly per: 'RECIPIENT' | 'SUBJECT' | 'CLIENT_IP' | 'CLIENT_ID' | 'POLICY' | 'TENANT';
  /** One under each key of the ring, the writing key's first. */
  readonly keys: readonly Buffer[];
  readonly max: number;
  readonly windowSeconds: number;
}

/** A limit that a reservation found full. */
export interface ExceededLimit {
  readonly reservation: Reservation;
  readonly retryAfterSeconds: number;
}

/**
 * Fixed windows that start with the first use. Counters are rows, reserved in the transaction of what they
 * limit, so that concurrency cannot overshoot them and a roll-back gives them back.
 */
export abstract class LimitCounters {
  /**
   * Reserves all of them, in the order given, and holds them until the transaction ends; or none, and names the
   * one that frees last of those that are full. The transaction may then record the refusal and nothing else.
   */
  abstract reserve(tx: Transaction, reservations: readonly Reservation[]): Promise<ExceededLimit | undefined>;

  /** Gives back what this transaction reserved: it is as if it had never been. */
  abstract release(tx: Transaction, reservations: readonly Reservation[]): void;
}
