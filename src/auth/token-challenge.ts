/** How an access token is presented: by itself (RFC 6750), or with a proof of its key (RFC 9449). */
export type TokenScheme = 'Bearer' | 'DPoP';

/** The error codes of RFC 6750, section 3.1, and RFC 9449, section 7.1. */
export type TokenErrorCode =
  'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'invalid_dpop_proof';

/** What a DPoP proof may be signed with. */
export const PROOF_ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256', 'RS256'];

export interface TokenChallenge {
  readonly scheme: TokenScheme;
  readonly error: TokenErrorCode;
  readonly description: string;
  readonly scopes: readonly string[];
}

/**
 * The value of `WWW-Authenticate` (RFC 6750, section 3; RFC 9449, section 7.1). What the attributes may not hold is
 * replaced.
 */
export function tokenChallenge({ scheme, error, description, scopes }: TokenChallenge): string {
  const attributes = [`realm="acs"`, `error="${error}"`, `error_description="${quotable(description)}"`];
  if (scopes.length > 0) attributes.push(`scope="${quotable(scopes.join(' '))}"`);
  if (scheme === 'DPoP') attributes.push(`algs="${PROOF_ALGORITHMS.join(' ')}"`);
  return `${scheme} ${attributes.join(', ')}`;
}

/** Keeps to %x20-21 / %x23-5B / %x5D-7E: no quote, backslash, line break or byte beyond ASCII gets into the header. */
function quotable(text: string): string {
  return text.replaceAll('"', "'").replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?');
}
