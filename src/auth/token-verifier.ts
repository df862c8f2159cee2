import { hash } from 'node:crypto';
import type { Issuer } from '../environment/environment.js';
import { AuthError, tokenInvalid } from './auth-error.js';
import { ExpiringCache } from './expiring-cache.js';
import { TokenIntrospection } from './introspection.js';
import { IssuerKeys } from './issuer-keys.js';
import { JwtVerifier } from './jwt-verifier.js';
import type { OutboundJson } from './outbound-json.js';
import { TrustedIssuer } from './trusted-issuer.js';
import type { VerifiedToken } from './verified-token.js';

const TOKENS_REMEMBERED = 10_000;
const MAX_TOKEN_LENGTH = 8 * 1024;

/**
 * Says who calls, by an access token of at most 8 KiB: a JWT is verified, anything else introspected. Accepted
 * tokens are remembered by their SHA-256, never past `exp`, and forgotten when their issuer's keys change. That an
 * opaque token was accepted is remembered until its `exp`: whoever holds one may have it asked about again.
 */
export class TokenVerifier {
  private readonly remembered = new ExpiringCache<VerifiedToken>(TOKENS_REMEMBERED);
  private readonly acceptedBefore = new ExpiringCache<true>(TOKENS_REMEMBERED);
  private readonly introspecting = new Map<string, Promise<VerifiedToken>>();
  private readonly jwt: JwtVerifier;
  private readonly introspection: TokenIntrospection;

  constructor(
    issuers: readonly Issuer[],
    http: OutboundJson,
    private readonly now: () => number = Date.now,
  ) {
    const trusted = issuers.map((settings) => new TrustedIssuer(settings));
    const withKeys = trusted.map((issuer) => ({ issuer, keys: new IssuerKeys(issuer.settings, http, now) }));
    this.jwt = new JwtVerifier(withKeys, now);
    this.introspection = new TokenIntrospection(trusted, http, now);
  }

  /**
   * The accepted token; who presents it must still show what it is bound to. Rejects with an `AuthError`, or with
   * `unavailable` when the issuer cannot be asked. `beforeAsking` runs before an introspection endpoint is bothered
   * with a token that it has not vouched for yet, and may throw to prevent it.
   */
  async verify(token: string, beforeAsking: () => void = () => undefined): Promise<VerifiedToken> {
    if (token.length > MAX_TOKEN_LENGTH) throw tokenInvalid('The access token is too long');
    const key = hash('sha256', token, 'base64');
    const known = this.remembered.get(key, this.now());
    if (known?.isStillTrusted()) return known;
    const verified = this.jwt.reads(token)
      ? await this.jwt.verify(token)
      : await this.introspect(key, token, beforeAsking);
    this.remembered.set(key, verified, verified.rememberUntil);
    return verified;
  }

  /** Requests that bring the same token at once share one question. */
  private introspect(key: string, token: string, beforeAsking: () => void): Promise<VerifiedToken> {
    const running = this.introspecting.get(key);
    if (running) return running;
    if (!this.acceptedBefore.get(key, this.now())) beforeAsking();
    const asked = this.ask(key, token).finally(() => this.introspecting.delete(key));
    this.introspecting.set(key, asked);
    return asked;
  }

  private async ask(key: string, token: string): Promise<VerifiedToken> {
    try {
      const verified = await this.introspection.verify(token);
      this.acceptedBefore.set(key, true, verified.expiresAt);
      return verified;
    } catch (error) {
      // One that was revoked must not have its issuer asked without bound.
      if (error instanceof AuthError) this.acceptedBefore.delete(key);
      throw error;
    }
  }
}
