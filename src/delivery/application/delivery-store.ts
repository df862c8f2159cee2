import type { Transaction } from '../../shared/transactor.js';
import type { AttemptOutcome, SentOutcome, Unsent } from '../domain/conclude.js';
import type { DeliveryState, Ending, Settlement } from '../domain/delivery.js';
import type { DeliveryReceipt } from '../domain/receipt.js';
import type { Attempt, UnsureAttempt } from './attempt.js';
import type { KeptMessage } from './outbox.js';

/** A right to attempt a delivery once, until its lease runs out or a newer claim raises the fence. */
export interface Claim {
  readonly tenant: string;
  readonly id: string;
  readonly fence: number;
}

/** A delivery whose row this transaction has locked. */
export interface LockedDelivery extends DeliveryState {
  readonly id: string;
  readonly challengeId: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly createdAt: Date;
  /** Undefined when it was wiped, or sealed with a key that the ring no longer has. */
  readonly message: KeptMessage | undefined;
  /** The newest of the earlier attempts whose outcome is not known. */
  readonly unsure: UnsureAttempt | null;
  /** The furthest receipt that came during the attempt under way. */
  readonly receipt: DeliveryReceipt | null;
  /** The step of a trace that asked for it, as W3C Trace Context writes it. */
  readonly traceparent: string | null;
}

/** Deliveries inside their tenant. Nothing here compares fences but `sent` and `lock`'s callers: those hold the row. */
export abstract class DeliveryStore {
  /** Locks the row and reads it as it is then; attempts before `beforeAttempt` count as earlier ones. */
  abstract lock(tx: Transaction, id: string, beforeAttempt?: number): Promise<LockedDelivery | undefined>;

  /**
   * Counts an attempt and opens its record; an earlier one that its worker left open becomes UNKNOWN. The fence
   * grows, so that a second holder of the same claim begins nothing. Returns the fence of the attempt.
   */
  abstract begin(tx: Transaction, delivery: LockedDelivery, provider: string, leaseMs: number): number;

  /**
   * Ends the attempt under way, and with it the delivery, as sent; false, and nothing done, when it is not under way
   * any more, or when a receipt came that is to be heard. Takes the row's lock itself.
   */
  abstract sent(
    tx: Transaction,
    attempt: Attempt,
    outcome: SentOutcome,
    inSpiteOfReceipt: boolean,
  ): Promise<boolean>;

  /** Closes the record of the attempt under way and moves the delivery on. */
  abstract conclude(
    tx: Transaction,
    delivery: LockedDelivery,
    outcome: AttemptOutcome,
    conclusion: Unsent,
  ): void;

  /** Ends a delivery without an attempt. */
  abstract end(tx: Transaction, delivery: LockedDelivery, ending: Ending): void;

  /** Ends a delivery by the receipt that was kept with it. */
  abstract settle(tx: Transaction, delivery: LockedDelivery, settlement: Settlement): void;

  /** Looks at it again later; no attempt is counted. */
  abstract hold(tx: Transaction, delivery: LockedDelivery, holdMs: number): void;

  /** Makes claims due again at once; one that was begun meanwhile stays with its holder. */
  abstract release(tx: Transaction, claims: readonly Claim[]): void;
}
