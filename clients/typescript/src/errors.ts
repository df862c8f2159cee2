import type { Finding, Problem, ProblemCode } from './types.js';

/** The service refused a call, and says why. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    /** The whole document, with what some problems have besides: `attemptsRemaining`, `state`, `limit`, `currentVersion`. */
    readonly problem: Problem,
    /** When the same call may succeed, where the service says so. */
    readonly retryAfterSeconds?: number,
  ) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): ProblemCode {
    return this.problem.code;
  }

  /** Every finding at once, where the request itself was wrong. */
  get errors(): readonly Finding[] {
    return this.problem.errors ?? [];
  }

  /** Names the request in the service's logs. */
  get requestId(): string {
    return this.problem.traceId;
  }
}

/** Whether the service refused for one of these reasons; without any, whether it refused at all. */
export function isProblem(error: unknown, ...codes: readonly ProblemCode[]): error is ProblemError {
  return error instanceof ProblemError && (codes.length === 0 || codes.includes(error.code));
}

/** No answer of the service came: the network failed, time ran out, or something between answered in its place. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(
    message: string,
    /** Of what answered in its place. */
    readonly status?: number,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** The authorization server gave no access token. */
export class TokenError extends Error {
  override readonly name = 'TokenError';

  constructor(
    message: string,
    readonly status: number,
    /** As RFC 6749, section 5.2, has it, such as `invalid_client`. */
    readonly error?: string,
  ) {
    super(message);
  }
}
