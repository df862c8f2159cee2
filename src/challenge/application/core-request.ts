import type { Caller } from '../../shared/caller.js';
import type { IdempotentRequest } from './idempotency-store.js';

/** What every Core API request carries besides its own input. */
export interface CoreRequest {
  readonly caller: Caller;
  readonly idempotency?: IdempotentRequest;
}

/** A result, and whether it is that of an earlier request with the same idempotency key. */
export interface Answered<T> {
  readonly value: T;
  readonly replayed: boolean;
}
