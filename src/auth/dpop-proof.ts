import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, importJWK, type JWK, type JWTHeaderParameters, jwtVerify } from 'jose';
import { proofInvalid } from './auth-error.js';
import { isPublicKey } from './key-set.js';
import { PROOF_ALGORITHMS } from './token-challenge.js';
import { CLOCK_TOLERANCE_SECONDS } from './verified-token.js';

const MAX_AGE_SECONDS = 60;
const MAX_PROOF_LENGTH = 8 * 1024;
const MAX_JTI_LENGTH = 256;

/** The request that a proof must be made for. */
export interface ProvenRequest {
  readonly method: string;
  /** Without query and fragment. */
  readonly url: URL;
  readonly token: string;
}

/** A proof that holds: whose it is, and its name. */
export interface DpopProof {
  /** SHA-256 thumbprint of the key (RFC 7638). */
  readonly key: Buffer;
  readonly jti: string;
}

/**
 * Checks a DPoP proof as RFC 9449, section 4.3, demands: type, algorithm, signature by its own public key, method,
 * URL, age and token. Whether its key is the token's and whether it was used before is for others to say.
 * `now` is in milliseconds of the epoch. Rejects with `token-invalid`.
 */
export async function readDpopProof(proof: string, request: ProvenRequest, now: number): Promise<DpopProof> {
  if (proof.length > MAX_PROOF_LENGTH) throw proofInvalid('The DPoP proof is too long');
  const { payload, protectedHeader } = await jwtVerify(proof, keyOf, {
    algorithms: PROOF_ALGORITHMS,
    typ: 'dpop+jwt',
    requiredClaims: ['jti', 'htm', 'htu', 'iat', 'ath'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(now),
  }).catch(() => {
    // The verifier's own errors hold the claims.
    throw proofInvalid('The DPoP proof is malformed, or its signature could not be verified');
  });
  const { jti, htm, htu, iat, ath } = payload;
  if (htm !== request.method) throw proofInvalid('The DPoP proof is for another method');
  if (!isSamePlace(htu, request.url)) throw proofInvalid('The DPoP proof is for another URL');
  if (!isRecent(iat, now)) throw proofInvalid('The DPoP proof is too old, or from the future');
  if (ath !== createHash('sha256').update(request.token).digest('base64url'))
    throw proofInvalid('The DPoP proof is for another access token');
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH)
    throw proofInvalid('The DPoP proof has no usable jti');
  return { key: Buffer.from(await calculateJwkThumbprint(protectedHeader.jwk as JWK), 'base64url'), jti };
}

/** The key that the proof brings; a private one, or a weak one, is no proof of anything. */
async function keyOf({ alg, jwk }: JWTHeaderParameters): ReturnType<typeof importJWK> {
  if (!isPublicKey(jwk)) throw new Error('The proof brings no public key');
  return importJWK(jwk, alg);
}

/** Compared without query and fragment, and as the URL standard normalises them. */
function isSamePlace(htu: unknown, expected: URL): boolean {
  if (typeof htu !== 'string' || !URL.canParse(htu)) return false;
  const url = new URL(htu);
  url.search = '';
  url.hash = '';
  return url.href === expected.href;
}

function isRecent(iat: unknown, now: number): boolean {
  if (typeof iat !== 'number') return false;
  const age = now / 1_000 - iat;
  return age <= MAX_AGE_SECONDS && age >= -CLOCK_TOLERANCE_SECONDS;
}
