import { tokenInvalid } from './auth-error.js';
import type { Claims } from './claims.js';

/** What a token is bound to (`cnf`, RFC 7800): SHA-256 thumbprints, all of which must be shown. */
export interface Confirmation {
  /** Of the client's certificate (RFC 8705, section 3.1). */
  readonly certificate?: Buffer;
  /** Of the public key that signs DPoP proofs (RFC 9449, section 6.1). */
  readonly key?: Buffer;
}

const MEMBERS = { 'x5t#S256': 'certificate', jkt: 'key' } as const satisfies Record<
  string,
  keyof Confirmation
>;
/** 32 bytes as base64url without padding. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** Reads `cnf`; throws `token-invalid` when it binds the token to anything that could not be verified. */
export function confirmationOf(claims: Claims): Confirmation {
  const cnf = claims['cnf'];
  if (cnf === undefined) return {};
  const members = typeof cnf === 'object' && cnf !== null ? Object.entries(cnf) : [];
  if (members.length === 0) throw unverifiable();
  return Object.fromEntries(
    members.map(([name, value]: [string, unknown]) => {
      if (!isKnown(name) || typeof value !== 'string' || !THUMBPRINT.test(value)) throw unverifiable();
      return [MEMBERS[name], Buffer.from(value, 'base64url')];
    }),
  );
}

function isKnown(name: string): name is keyof typeof MEMBERS {
  return Object.hasOwn(MEMBERS, name);
}

function unverifiable(): Error {
  return tokenInvalid('The access token is bound in a way that cannot be verified');
}
