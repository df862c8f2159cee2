import { createHash } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, type JWK, type LocalJWKSet } from 'jose';

const MAX_KEYS = 100;
const MIN_RSA_BYTES = 2048 / 8;
/** RFC 7518, sections 6.2.2, 6.3.2 and 6.4. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** The usable keys of one JWKS (RFC 7517). */
export interface KeySet {
  /** Finds the key for a token's header; rejects with jose's `JWKSNoMatchingKey` when there is none. */
  readonly find: LocalJWKSet;
  /** Changes when a key is added, removed or altered. */
  readonly fingerprint: string;
}

/**
 * Reads a JWKS. Members that may not verify anything are left out: secret and private keys, and RSA keys under
 * 2048 bits. Throws when it is no JWKS or has over 100 keys.
 */
export function readKeySet(json: unknown): KeySet {
  const keys = (json as Partial<JSONWebKeySet> | null)?.keys;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new Error('The answer is no JSON Web Key Set');
  const usable = keys.filter(isPublicKey);
  return {
    find: createLocalJWKSet({ keys: usable }),
    fingerprint: createHash('sha256').update(JSON.stringify(usable)).digest('base64'),
  };
}

/** True for a public key of a kind and size that may verify signatures. */
export function isPublicKey(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null || SECRET_MEMBERS.some((name) => name in key)) return false;
  const { kty, n } = key as Readonly<Record<string, unknown>>;
  if (kty === 'EC' || kty === 'OKP') return true;
  return kty === 'RSA' && typeof n === 'string' && Buffer.from(n, 'base64url').length >= MIN_RSA_BYTES;
}
