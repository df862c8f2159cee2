import type { Transaction } from '../../shared/transactor.js';

/** A request that may be sent again with the same effect: the caller's key, and a digest of everything it asks for. */
export interface IdempotentRequest {
  readonly key: string;
  /** SHA-256 of operation, object and body; stored sealed or keyed alone, since whoever guesses an address can hash it too. */
  readonly digest: Buffer;
}

/** Keeps the first outcome of a key for 24 h, sealed. */
export abstract class IdempotencyStore {
  /**
   * Takes the key for this transaction, or returns the first outcome. Throws `idempotency-in-progress` while
   * the first request runs, `idempotency-key-reused` when the key belongs to another request.
   */
  abstract claim(
    tx: Transaction,
    request: IdempotentRequest,
  ): Promise<{ readonly outcome: unknown } | undefined>;

  /** Marks the key as taken beyond this transaction, for a request that needs more than one; `holder` (a UUID) is its own. */
  abstract hold(tx: Transaction, request: IdempotentRequest, holder: string): void;

  /** Keeps the outcome, a structured-cloneable value. */
  abstract record(tx: Transaction, request: IdempotentRequest, outcome: unknown): void;

  /** Frees a key that this holder holds: the request had no outcome worth keeping. What another recorded or holds stays. */
  abstract free(tx: Transaction, request: IdempotentRequest, holder: string): void;
}
