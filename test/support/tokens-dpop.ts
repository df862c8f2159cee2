import { createHash, randomUUID } from 'node:crypto';
import { compact, makeKey, signer, type SigningAlgorithm, type SigningKey } from './tokens.js';

type Members = Record<string, unknown>;

/** A client with a key of its own, which signs DPoP proofs, good unless the overrides say otherwise. */
export class DpopClient {
  private constructor(readonly key: SigningKey) {}

  static async make(alg: SigningAlgorithm = 'ES256', rsaBits?: number): Promise<DpopClient> {
    return new DpopClient(await makeKey(alg, 'proof', rsaBits));
  }

  /** The public key alone, as it stands in a proof. */
  get jwk(): Members {
    return { ...this.key.publicKey.export({ format: 'jwk' }) };
  }

  /** RFC 7638: the required members in the order of their names. */
  get thumbprint(): string {
    const required = ['crv', 'e', 'kty', 'n', 'x', 'y'].filter((name) => name in this.jwk);
    const canonical = JSON.stringify(Object.fromEntries(required.map((name) => [name, this.jwk[name]])));
    return createHash('sha256').update(canonical).digest('base64url');
  }

  claims(token: string, url: string, overrides: Members = {}): Members {
    return {
      jti: randomUUID(),
      htm: 'GET',
      htu: url,
      iat: Math.floor(Date.now() / 1_000),
      ath: createHash('sha256').update(token).digest('base64url'),
      ...overrides,
    };
  }

  proof(token: string, url: string, claims: Members = {}, header: Members = {}): string {
    return compact(
      { typ: 'dpop+jwt', alg: this.key.alg, jwk: this.jwk, ...header },
      this.claims(token, url, claims),
      signer(this.key, this.key.alg),
    );
  }

  /** The headers of a request with the token. */
  headers(token: string, url: string, claims: Members = {}, header: Members = {}): Record<string, string> {
    return { authorization: `DPoP ${token}`, dpop: this.proof(token, url, claims, header) };
  }
}
