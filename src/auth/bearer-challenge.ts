/** The error codes of RFC 6750, section 3.1. */
export type BearerErrorCode = 'invalid_request' | 'invalid_token' | 'insufficient_scope';

/** The value of `WWW-Authenticate` (RFC 6750, section 3). What the attributes may not hold is replaced. */
export function bearerChallenge(
  error: BearerErrorCode,
  description: string,
  scopes: readonly string[] = [],
): string {
  const attributes = [`realm="acs"`, `error="${error}"`, `error_description="${quotable(description)}"`];
  if (scopes.length > 0) attributes.push(`scope="${quotable(scopes.join(' '))}"`);
  return `Bearer ${attributes.join(', ')}`;
}

/** Keeps to %x20-21 / %x23-5B / %x5D-7E: no quote, backslash, line break or byte beyond ASCII gets into the header. */
function quotable(text: string): string {
  return text.replaceAll('"', "'").replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?');
}
