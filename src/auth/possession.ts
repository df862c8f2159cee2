import { timingSafeEqual } from 'node:crypto';
import { type PublicUrl } from '../http/public-url.js';
import { pathOf } from '../http/request-path.js';
import { AuthError, proofInvalid, tokenInvalid } from './auth-error.js';
import type { ClientCertificates, ProxiedRequest } from './client-certificates.js';
import { type DpopProof, readDpopProof } from './dpop-proof.js';
import { countHeaders, schemeOf } from './presented-token.js';
import type { ProofLedger } from './proof-ledger.js';
import type { VerifiedToken } from './verified-token.js';

export interface PossessionRequest extends ProxiedRequest {
  readonly method: string;
  readonly url: string;
}

/**
 * That a token which is bound to a certificate (RFC 8705) or a key (RFC 9449) comes from who holds it. Asked for
 * every request, whether or not the token is remembered.
 */
export class Possession {
  constructor(
    private readonly publicUrl: PublicUrl,
    private readonly certificates: ClientCertificates,
    private readonly ledger: ProofLedger,
    private readonly now: () => number = Date.now,
  ) {}

  /** Rejects with `token-invalid` when the request does not show what the token is bound to. */
  async check(
    request: PossessionRequest,
    token: string,
    { confirmation: { certificate, key }, caller }: VerifiedToken,
  ): Promise<void> {
    if (certificate) this.checkCertificate(request, certificate);
    const isDpop = schemeOf(request) === 'DPoP';
    if (!key && !isDpop) return;
    if (!key) throw tokenInvalid('The access token is not bound to a key; send it as Authorization: Bearer');
    if (!isDpop)
      throw new AuthError('token-invalid', 'The access token is bound to a key; send it with a DPoP proof', {
        scheme: 'DPoP',
      });
    const proof = await this.proofOf(request, token);
    if (!timingSafeEqual(proof.key, key))
      throw tokenInvalid('The DPoP proof is of another key than the access token');
    if (!(await this.ledger.spend(caller.tenant, key, proof.jti)))
      throw proofInvalid('The DPoP proof was used before');
  }

  private checkCertificate(request: PossessionRequest, expected: Buffer): void {
    const shown = this.certificates.thumbprint(request);
    if (!shown || !timingSafeEqual(shown, expected))
      throw tokenInvalid('The access token is bound to a certificate that the client has not shown');
  }

  private proofOf(request: PossessionRequest, token: string): Promise<DpopProof> {
    if (countHeaders(request, 'dpop') !== 1) throw proofInvalid('Send exactly one DPoP proof');
    const url = new URL(this.publicUrl.value + pathOf(request));
    return readDpopProof(String(request.headers['dpop']), { method: request.method, url, token }, this.now());
  }
}
