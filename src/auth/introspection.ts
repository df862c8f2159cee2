import { Logger } from '@nestjs/common';
import { AppError } from '../shared/app-error.js';
import { tokenInvalid } from './auth-error.js';
import type { Claims } from './claims.js';
import { clientCredentials } from './client-credentials.js';
import { confirmationOf } from './confirmation.js';
import { Outages } from './outages.js';
import type { OutboundJson } from './outbound-json.js';
import type { TrustedIssuer } from './trusted-issuer.js';
import { CLOCK_TOLERANCE_SECONDS, type VerifiedToken } from './verified-token.js';

const REMEMBER_MS = 30_000;
const RETRY_AFTER_SECONDS = 2;
/** Statuses by which whatever stands in front of an endpoint says that nobody is there to answer. */
const NOBODY_THERE = [502, 503, 504];

/**
 * Verifies opaque access tokens by asking the issuers that have an introspection endpoint, in order
 * (RFC 7662). An active token must meet what a JWT must: our `aud`, `exp`, `nbf`, and `iss` where it is given.
 * Rejects with `token-invalid`, `tenant-missing`, or `unavailable` when an endpoint did not answer. One that is down
 * is asked once in two seconds, by one request; the others are told at once.
 */
export class TokenIntrospection {
  private readonly log = new Logger('TokenIntrospection');
  private readonly issuers: readonly TrustedIssuer[];
  private readonly outages = new Outages();

  constructor(
    issuers: readonly TrustedIssuer[],
    private readonly http: OutboundJson,
    private readonly now: () => number,
  ) {
    this.issuers = issuers.filter(({ settings }) => settings.introspection);
  }

  async verify(token: string): Promise<VerifiedToken> {
    let failure: AppError | undefined;
    for (const issuer of this.issuers) {
      try {
        const claims = await this.ask(issuer, token);
        if (claims) return this.accept(issuer, claims);
      } catch (error) {
        // Another issuer may still know the token; only if none does has this one's silence decided.
        if (!(error instanceof AppError) || error.code !== 'unavailable') throw error;
        failure = error;
      }
    }
    throw failure ?? tokenInvalid('The access token is malformed, expired or revoked');
  }

  /** The claims of an active token; undefined when the issuer does not know it as active. */
  private async ask({ settings }: TrustedIssuer, token: string): Promise<Claims | undefined> {
    const { issuer } = settings;
    const client = settings.introspection ?? missing();
    if (!this.outages.mayAsk(issuer, this.now())) throw unavailable();
    const credentials = await clientCredentials(client, this.now());
    const form = new URLSearchParams({ token, token_type_hint: 'access_token', ...credentials.form });
    const answer = await this.http
      .postForm(client.endpoint, form, credentials.headers)
      .catch((error: unknown) => {
        this.outages.isDown(issuer, this.now());
        throw this.unanswered(issuer, error instanceof Error ? error.message : 'no answer');
      });
    if (NOBODY_THERE.includes(answer.status)) this.outages.isDown(issuer, this.now());
    // Any other status may be about this token, and must not keep the next one from being asked about.
    else this.outages.isUp(issuer);
    const claims = answer.json;
    if (typeof claims !== 'object' || claims === null || !('active' in claims))
      throw this.unanswered(issuer, `status ${answer.status}`);
    return claims.active === true ? claims : undefined;
  }

  private accept(issuer: TrustedIssuer, claims: Claims): VerifiedToken {
    const { iss, aud, exp, nbf } = claims;
    const seconds = this.now() / 1_000;
    const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
    if (iss !== undefined && iss !== issuer.settings.issuer)
      throw tokenInvalid('The access token is of an unknown issuer');
    if (!issuer.settings.audience.some((ours) => audiences.includes(ours)))
      throw tokenInvalid('The access token is not meant for this service');
    if (typeof exp !== 'number' || !Number.isFinite(exp))
      throw tokenInvalid('The access token has no valid time of expiry');
    if (exp <= seconds - CLOCK_TOLERANCE_SECONDS) throw tokenInvalid('The access token has expired');
    if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= seconds + CLOCK_TOLERANCE_SECONDS))
      throw tokenInvalid('The access token is not valid yet');
    const expiresAt = exp * 1_000;
    return {
      caller: issuer.callerOf(claims),
      confirmation: confirmationOf(claims),
      expiresAt,
      rememberUntil: Math.min(expiresAt, this.now() + REMEMBER_MS),
      isStillTrusted: () => true,
    };
  }

  private unanswered(issuer: string, reason: string): AppError {
    this.log.warn({ msg: 'An introspection endpoint does not answer as it should', issuer, reason });
    return unavailable();
  }
}

function unavailable(): AppError {
  return new AppError('unavailable', {
    detail: 'The authorization server did not say whether the access token is valid',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

function missing(): never {
  throw new Error('An issuer without introspection was asked about a token');
}
