import { AppError } from '../shared/app-error.js';
import { type BearerErrorCode, bearerChallenge } from './bearer-challenge.js';

export type AuthProblemCode = 'token-missing' | 'token-invalid' | 'tenant-missing' | 'scope-insufficient';

const BEARER_ERRORS = {
  'token-missing': 'invalid_request',
  'token-invalid': 'invalid_token',
  'tenant-missing': 'insufficient_scope',
  'scope-insufficient': 'insufficient_scope',
} as const satisfies Record<AuthProblemCode, BearerErrorCode>;

/**
 * A refused access token. The detail is a fixed sentence, never a piece of the token; it is also the
 * `error_description` of the challenge that the answer must carry.
 */
export class AuthError extends AppError {
  /** The value of the `WWW-Authenticate` header (RFC 6750). */
  readonly wwwAuthenticate: string;

  constructor(
    override readonly code: AuthProblemCode,
    readonly description: string,
    scopes: readonly string[] = [],
  ) {
    super(code, { detail: description });
    this.name = 'AuthError';
    this.wwwAuthenticate = bearerChallenge(BEARER_ERRORS[code], description, scopes);
  }
}

/** Without a cause on purpose: the verifier's own errors hold the claims, and causes get logged. */
export function tokenInvalid(description: string): AuthError {
  return new AuthError('token-invalid', description);
}
