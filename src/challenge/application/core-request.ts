import type { Caller } from '../../shared/caller.js';
import type { IdempotentRequest } from './idempotency-store.js';

/** What every Core API request carries besides its own input. */
export interface CoreRequest {
  readonly caller: Caller;
  readonly idempotency?: IdempotentRequest;
}

/** The end user behind a request, used for limits and kept only as keyed hashes. */
export interface EndUser {
  readonly ip?: string;
  readonly id?: string;
}

/** A result, and whether it is that of an earlier request with the same idempotency key. */
export interface Answered<T> {
  readonly value: T;
  readonly replayed: boolean;
}
