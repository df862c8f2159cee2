import { type ProblemCode, type ProblemKind, PROBLEMS } from './problem-catalogue.js';

/** One thing wrong with an input: where (JSON pointer, RFC 6901), a stable code, and a sentence. */
export interface Finding {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface AppErrorDetails {
  /** A sentence about this occurrence; never holds a secret, SQL, a host or an unmasked recipient. */
  readonly detail?: string;
  readonly errors?: readonly Finding[];
  readonly retryAfterSeconds?: number;
  /** Further members of the problem document, such as `state` or `attemptsRemaining`. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Overrides the catalogue's kind where one code has two statuses (`policy-version-conflict`). */
  readonly kind?: ProblemKind;
  /** The refusal of an earlier request with the same idempotency key. */
  readonly replayed?: boolean;
  readonly cause?: unknown;
}

/** A refusal from the closed list of problems. Everything else that is thrown is a defect. */
export class AppError extends Error {
  readonly kind: ProblemKind;

  constructor(
    readonly code: ProblemCode,
    readonly details: AppErrorDetails = {},
  ) {
    super(details.detail ?? PROBLEMS[code].title, { cause: details.cause });
    this.name = 'AppError';
    this.kind = details.kind ?? PROBLEMS[code].kind;
  }
}
