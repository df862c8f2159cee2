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

/** Which row is to be locked, and which of its attempts count as earlier ones: those before this, all if not told. */
export interface LockRequest {
  readonly id: string;
  readonly beforeAttempt?: number;
}

/** An attempt that is to be begun, and for how long the delivery is its own. */
export interface AttemptToBegin {
  readonly attempt: Attempt;
  readonly leaseMs: number;
}

/** An attempt whose message a provider took. */
export interface SentAttempt {
  readonly attempt: Attempt;
  readonly outcome: SentOutcome;
}

/**
 * Deliveries inside their tenant; what nearly all of them go through is done of several at once. Nothing here compares
 * fences but `sent` and `lock`'s callers: those hold the rows.
 */
export abstract class DeliveryStore {
  /** Locks rows one after the other and reads each as it is then; by their identifiers, without those that are not there. */
  abstract lock(
    tx: Transaction,
    requests: readonly LockRequest[],
  ): Promise<ReadonlyMap<string, LockedDelivery>>;

  /**
   * Counts attempts at locked deliveries and opens their records; earlier ones that a worker left open become UNKNOWN.
   * The fences become the attempts', so that a second holder of a claim begins nothing.
   */
  abstract begin(tx: Transaction, attempts: readonly AttemptToBegin[]): void;

  /**
   * Ends attempts under way, and with each its delivery, as sent. Takes the rows' locks itself. Resolves with the
   * identifiers of those deliveries: nothing is done of one that is not under way any more, or, unless in spite of it,
   * whose receipt came and is to be heard.
   */
  abstract sent(
    tx: Transaction,
    sent: readonly SentAttempt[],
    inSpiteOfReceipt: boolean,
  ): Promise<ReadonlySet<string>>;

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
