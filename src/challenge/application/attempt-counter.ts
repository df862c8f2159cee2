import type { Transaction } from '../../shared/transactor.js';
import type { KeptAnswer } from '../crypto/answer-keeper.js';
import type { Challenge } from '../domain/challenge.js';

/** An attempt that was counted: only its holder may compare the answer. */
export interface CountedAttempt {
  readonly challenge: Challenge;
  readonly kept: KeptAnswer;
  /** Whose failure it was counted as; null for TOKEN. */
  readonly failure: CountedFailure | null;
}

/** A failure of a recipient, the so-many-th in a row. It stands for an attempt that may yet turn out right. */
export interface CountedFailure {
  /** The recipient under every key the challenge was issued with, in order of bytes. */
  readonly recipientIndexes: readonly Buffer[];
  readonly number: number;
}

/** How many failures in a row a recipient may have, across challenges, and over how long they are remembered. */
export interface FailureLimit {
  readonly max: number;
  readonly windowSeconds: number;
}

export type AttemptCount =
  | { readonly outcome: 'counted'; readonly attempt: CountedAttempt }
  /** The recipient has failed too often: nothing was counted, and nothing may be compared. */
  | { readonly outcome: 'blocked'; readonly retryAfterSeconds: number }
  /** As blocked, but the newest of those failures is an attempt that is still being checked. */
  | { readonly outcome: 'undecided'; readonly challenge: Challenge }
  /** The challenge is not there, not open, out of attempts or time, or the answer is an earlier code. */
  | { readonly outcome: 'refused' };

/** Counts attempts per challenge, and failures in a row per recipient across challenges (NIST SP 800-63B-4, section 3.2.2). */
export abstract class AttemptCounter {
  /**
   * Counts an attempt, and beforehand a failure of the recipient, by one conditional UPDATE. It must be
   * committed before the answer is compared. `earlier` are keyed answers that cost nothing when one of them
   * is a superseded code.
   */
  abstract count(
    tx: Transaction,
    id: string,
    limit: FailureLimit,
    earlier: readonly Buffer[],
  ): Promise<AttemptCount>;

  /** True when one of the keyed answers is an earlier code of the challenge. */
  abstract isSuperseded(tx: Transaction, id: string, answers: readonly Buffer[]): Promise<boolean>;

  /** The answer was wrong: what was counted as a failure is one. */
  abstract confirm(tx: Transaction, failure: CountedFailure): void;

  /** A right answer ends the recipient's failures in a row. */
  abstract forget(tx: Transaction, failure: CountedFailure): void;
}
