import { ExtractJwt } from 'passport-jwt';
import { AuthError, tokenInvalid } from './auth-error.js';

/** What is read of a request, whichever framework made it. */
export interface BearerRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly raw: { readonly rawHeaders: readonly string[] };
}

/** RFC 6750, section 2.1: `b64token`. */
const B64_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

const extract = ExtractJwt.fromAuthHeaderAsBearerToken();

/**
 * The access token of a request. Without one, or with another scheme, it is `token-missing`; more than one
 * header, anything beside the token, or a token of other characters is `token-invalid`.
 */
export function bearerToken(request: BearerRequest): string {
  const header = request.headers['authorization'];
  if (header === undefined) throw missing();
  // Node keeps the first of several; which one a proxy in front has looked at is anyone's guess.
  if (countAuthorizationHeaders(request.raw.rawHeaders) > 1)
    throw tokenInvalid('The request has more than one Authorization header');
  const token = extract(request);
  if (token === null) throw missing();
  // The extractor reads the second word and overlooks whatever follows it.
  if (!String(header).endsWith(token) || !B64_TOKEN.test(token) || /\s/.test(token))
    throw tokenInvalid('The access token is malformed');
  return token;
}

function missing(): AuthError {
  return new AuthError('token-missing', 'Send an access token as Authorization: Bearer <token>');
}

function countAuthorizationHeaders(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 'authorization'.length && name.toLowerCase() === 'authorization') count += 1;
  }
  return count;
}
