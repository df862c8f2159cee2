import type { Transaction } from '../../shared/transactor.js';
import type { KeptAnswer } from '../crypto/answer-keeper.js';
import type { ChallengeAt } from './challenge-repository.js';

/** An attempt that was counted: only its holder may compare the answer. */
export interface CountedAttempt extends ChallengeAt {
  readonly kept: KeptAnswer;
  readonly recipientIndex: Buffer | null;
}

/** How many failures in a row a recipient may have, across challenges, and over how long they are remembered. */
export interface FailureLimit {
  readonly max: number;
  readonly windowSeconds: number;
}

export type AttemptCount =
  | { readonly outcome: 'counted'; readonly attempt: CountedAttempt }
  /** The recipient has failed too often; nothing may be compared, the transaction must roll back. */
  | { readonly outcome: 'blocked'; readonly retryAfterSeconds: number }
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

  /** A right answer ends the recipient's failures in a row. */
  abstract forgetFailures(tx: Transaction, recipientIndex: Buffer): void;
}
