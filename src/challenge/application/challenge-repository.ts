import type { Transaction } from '../../shared/transactor.js';
import type { KeptAnswer } from '../crypto/answer-keeper.js';
import type { Challenge, DeliveryStatus } from '../domain/challenge.js';

/** A challenge with how its newest delivery stands, at an instant of the database's clock. */
export interface ChallengeAt {
  readonly challenge: Challenge;
  readonly delivery: DeliveryStatus | null;
  readonly now: Date;
}

/** What is needed to issue a challenge and is never read back with it. */
export interface NewSecrets {
  readonly answer: KeptAnswer;
  /** Keyed hashes of the recipient, that of the answer's key first; null for TOKEN. */
  readonly recipientIndexes: readonly Buffer[] | null;
}

/** Where challenges are kept. */
export abstract class ChallengeRepository {
  /** The time once everything that the transaction has asked for before is done, waits for locks included. */
  abstract now(tx: Transaction): Promise<Date>;

  abstract insert(tx: Transaction, challenge: Challenge, secrets: NewSecrets): void;

  abstract find(tx: Transaction, id: string): Promise<ChallengeAt | undefined>;

  /** Holds the challenge until the transaction ends; its `now` is taken after the wait. */
  abstract findForUpdate(tx: Transaction, id: string): Promise<ChallengeAt | undefined>;

  /** The open challenges of a recipient under a policy, oldest first, held until the transaction ends. */
  abstract findOpenByRecipient(
    tx: Transaction,
    policyId: string,
    recipientIndexes: readonly Buffer[],
  ): Promise<Challenge[]>;

  /** Records a transition of a challenge that is held by this transaction. */
  abstract save(tx: Transaction, challenge: Challenge): void;

  /** Replaces the answer; the earlier one is kept as superseded. */
  abstract replaceAnswer(tx: Transaction, id: string, answer: KeptAnswer): void;
}
