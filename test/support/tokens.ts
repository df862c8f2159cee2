import { constants, createHmac, generateKeyPair, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';

export type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'EdDSA';

/** A key pair and the JWK that an issuer would publish for it. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JsonWebKey & { readonly kid: string };
}

const generate = promisify(generateKeyPair);

export async function makeKey(alg: SigningAlgorithm, kid: string, rsaBits = 2048): Promise<SigningKey> {
  const { publicKey, privateKey } = await generatePair(alg, rsaBits);
  return {
    kid,
    alg,
    publicKey,
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg },
  };
}

function generatePair(
  alg: SigningAlgorithm,
  modulusLength: number,
): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  if (alg === 'EdDSA') return generate('ed25519');
  if (alg === 'ES256') return generate('ec', { namedCurve: 'P-256' });
  if (alg === 'ES384') return generate('ec', { namedCurve: 'P-384' });
  return generate('rsa', { modulusLength });
}

/** A compact JWS of whatever header and payload are given: objects become JSON, text stays as it is. */
export function compact(
  header: object | string,
  payload: object | string,
  signature: (input: string) => Buffer,
): string {
  const input = [header, payload].map(encodePart).join('.');
  return `${input}.${signature(input).toString('base64url')}`;
}

/** Signs with the key by the given algorithm, whatever the token's header says. */
export function signer({ privateKey }: SigningKey, alg: SigningAlgorithm): (input: string) => Buffer {
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return (input) => {
    const data = Buffer.from(input);
    if (alg === 'EdDSA') return sign(null, data, privateKey);
    if (alg === 'ES256') return sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    if (alg === 'ES384') return sign('sha384', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return sign('sha256', data, { key: privateKey, ...(alg === 'PS256' ? pss : {}) });
  };
}

export function hmacSigner(secret: string | Buffer): (input: string) => Buffer {
  return (input) => createHmac('sha256', secret).update(input).digest();
}

function encodePart(part: object | string): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}
