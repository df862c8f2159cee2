import type { CallOptions, ConditionalCallOptions, IdempotentCallOptions } from './types.js';

/** One key for a call, however often it is sent. */
export function keyed({ idempotencyKey = crypto.randomUUID() }: IdempotentCallOptions): {
  'Idempotency-Key': string;
} {
  return { 'Idempotency-Key': idempotencyKey };
}

export function conditional({ ifMatch }: ConditionalCallOptions): { 'If-Match'?: string } {
  return ifMatch === undefined ? {} : { 'If-Match': ifMatch };
}

export function aborted({ signal }: CallOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
