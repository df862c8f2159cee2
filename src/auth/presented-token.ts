import { ExtractJwt } from 'passport-jwt';
import { AuthError, tokenInvalid } from './auth-error.js';
import type { TokenScheme } from './token-challenge.js';

/** What is read of a request, whichever framework made it. */
export interface TokenRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly raw: { readonly rawHeaders: readonly string[] };
}

/** RFC 6750, section 2.1: `b64token`; RFC 9449, section 7.1: `token68`, which is the same. */
const B64_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

const EXTRACTORS = {
  Bearer: ExtractJwt.fromAuthHeaderAsBearerToken(),
  DPoP: ExtractJwt.fromAuthHeaderWithScheme('DPoP'),
} as const satisfies Record<TokenScheme, unknown>;

/** How the request presents its token; `Bearer` when it presents none. */
export function schemeOf({ headers }: Pick<TokenRequest, 'headers'>): TokenScheme {
  return /^dpop(?: |$)/i.test(String(headers['authorization'])) ? 'DPoP' : 'Bearer';
}

/**
 * The access token of a request. Without one, or with another scheme, it is `token-missing`; more than one
 * header, anything beside the token, or a token of other characters is `token-invalid`.
 */
export function presentedToken(request: TokenRequest): string {
  const header = request.headers['authorization'];
  if (header === undefined) throw missing();
  // Node keeps the first of several; which one a proxy in front has looked at is anyone's guess.
  if (countHeaders(request, 'authorization') > 1)
    throw tokenInvalid('The request has more than one Authorization header');
  const token = EXTRACTORS[schemeOf(request)](request);
  if (token === null) throw missing();
  // The extractor reads the second word and overlooks whatever follows it.
  if (!String(header).endsWith(token) || !B64_TOKEN.test(token) || /\s/.test(token))
    throw tokenInvalid('The access token is malformed');
  return token;
}

/** How often a header, named in lower case, stands in the request. */
export function countHeaders({ raw: { rawHeaders } }: Pick<TokenRequest, 'raw'>, name: string): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const other = rawHeaders[index];
    if (other?.length === name.length && other.toLowerCase() === name) count += 1;
  }
  return count;
}

function missing(): AuthError {
  return new AuthError('token-missing', 'Send an access token as Authorization: Bearer <token>');
}
