import { AppError } from '../shared/app-error.js';
import {
  type TokenChallenge,
  tokenChallenge,
  type TokenErrorCode,
  type TokenScheme,
} from './token-challenge.js';

export type AuthProblemCode = 'token-missing' | 'token-invalid' | 'tenant-missing' | 'scope-insufficient';

const ERRORS = {
  'token-missing': 'invalid_request',
  'token-invalid': 'invalid_token',
  'tenant-missing': 'insufficient_scope',
  'scope-insufficient': 'insufficient_scope',
} as const satisfies Record<AuthProblemCode, TokenErrorCode>;

type ChallengeOptions = Partial<Omit<TokenChallenge, 'description'>>;

/**
 * A refused access token. The detail is a fixed sentence, never a piece of the token; it is also the
 * `error_description` of the challenge that the answer must carry.
 */
export class AuthError extends AppError {
  /** The value of the `WWW-Authenticate` header. */
  readonly wwwAuthenticate: string;

  constructor(
    override readonly code: AuthProblemCode,
    readonly description: string,
    private readonly options: ChallengeOptions = {},
  ) {
    super(code, { detail: description });
    this.name = 'AuthError';
    const { scheme = 'Bearer', error = ERRORS[code], scopes = [] } = options;
    this.wwwAuthenticate = tokenChallenge({ scheme, error, description, scopes });
  }

  /** The same refusal for a request that used the scheme, unless it names the scheme that would be right. */
  inReplyTo(scheme: TokenScheme, scopes: readonly string[] = []): AuthError {
    return new AuthError(this.code, this.description, { scheme, ...this.options, scopes });
  }
}

/** Without a cause on purpose: the verifier's own errors hold the claims, and causes get logged. */
export function tokenInvalid(description: string): AuthError {
  return new AuthError('token-invalid', description);
}

/** A token bound to a key came without a proof that holds (RFC 9449, section 7.1). */
export function proofInvalid(description: string): AuthError {
  return new AuthError('token-invalid', description, { scheme: 'DPoP', error: 'invalid_dpop_proof' });
}
