import type { AppErrorDetails } from '../../shared/app-error.js';
import type { ProblemCode } from '../../shared/problem-catalogue.js';

/** Why something was not done. A value, so that what was decided can be committed before the caller learns of it. */
export interface Refusal {
  readonly code: ProblemCode;
  readonly details: AppErrorDetails;
  /** It holds for the moment alone: the same request, sent again, may be granted or refused for good. */
  readonly passing?: true;
}

export type Decision<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export function granted<T>(value: T): Decision<T> {
  return { ok: true, value };
}

export function refused(code: ProblemCode, details: AppErrorDetails = {}): Decision<never> {
  return { ok: false, refusal: { code, details } };
}
