import type { AppError, Finding } from '../shared/app-error.js';
import { PROBLEMS, type ProblemKind } from '../shared/problem-catalogue.js';

/** The only map from what a refusal means to how HTTP says it (RFC 9110, section 15; RFC 6585). */
export const STATUS_OF: Readonly<Record<ProblemKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  'timed-out': 408,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'unsupported-media-type': 415,
  unprocessable: 422,
  'precondition-required': 428,
  throttled: 429,
  'headers-too-large': 431,
  unavailable: 503,
};

export const PROBLEM_JSON = 'application/problem+json';

/** A problem document (RFC 9457). */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly traceId: string;
  readonly errors?: readonly Finding[];
}

export function problemDocument(
  error: AppError,
  request: { readonly path: string; readonly traceId: string; readonly publicUrl: string },
): ProblemDocument {
  const { title, explanation } = PROBLEMS[error.code];
  const status = STATUS_OF[error.kind];
  const errors = error.details.errors ?? (status === 400 || status === 422 ? [] : undefined);
  return {
    ...error.details.members,
    type: `${request.publicUrl}/problems/${error.code}`,
    title,
    status,
    detail: error.details.detail ?? explanation,
    instance: request.path,
    code: error.code,
    traceId: request.traceId,
    ...(errors === undefined ? {} : { errors }),
  };
}
