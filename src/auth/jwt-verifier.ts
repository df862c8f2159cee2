import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from 'jose';
import { AppError } from '../shared/app-error.js';
import { tokenInvalid } from './auth-error.js';
import { confirmationOf } from './confirmation.js';
import type { IssuerKeys } from './issuer-keys.js';
import type { TrustedIssuer } from './trusted-issuer.js';
import { CLOCK_TOLERANCE_SECONDS, type VerifiedToken } from './verified-token.js';

/** Headers by which a token brings its own key or extensions (RFC 7515, section 4.1; RFC 8725, section 3.10). */
const REFUSED_HEADERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit'];

interface IssuerWithKeys {
  readonly issuer: TrustedIssuer;
  readonly keys: IssuerKeys;
}

/**
 * Verifies signed JWT access tokens (RFC 9068, section 4; RFC 8725) with keys of the issuer's own JWKS. Rejects
 * with `token-invalid`, `tenant-missing`, or `unavailable` when the keys cannot be had.
 */
export class JwtVerifier {
  private readonly issuers: ReadonlyMap<string, IssuerWithKeys>;

  constructor(
    issuers: readonly IssuerWithKeys[],
    private readonly now: () => number,
  ) {
    this.issuers = new Map(issuers.map((entry) => [entry.issuer.settings.issuer, entry]));
  }

  /** True when the token has the form of a signed JWT: three parts, the first of them a header. */
  reads(token: string): boolean {
    return token.split('.').length === 3 && headerOf(token) !== undefined;
  }

  async verify(token: string): Promise<VerifiedToken> {
    const trusted = this.issuers.get(unverifiedIssuerOf(token) ?? '');
    if (!trusted) throw tokenInvalid('The access token is of an unknown issuer');
    const { issuer, keys } = trusted;
    checkHeader(headerOf(token) ?? {}, issuer.settings.typ);
    const { claims, fingerprint } = await this.verifySignature(token, trusted);
    const expiresAt = expiryOf(claims) * 1_000;
    return {
      caller: issuer.callerOf(claims),
      confirmation: confirmationOf(claims),
      expiresAt,
      rememberUntil: expiresAt,
      isStillTrusted: () => keys.vouchesFor(fingerprint),
    };
  }

  private async verifySignature(
    token: string,
    { issuer: { settings }, keys }: IssuerWithKeys,
  ): Promise<{ readonly claims: JWTPayload; readonly fingerprint: string }> {
    let fingerprint = '';
    try {
      const { payload } = await jwtVerify(
        token,
        async (header, jws) => {
          const found = await keys.find(header, jws);
          fingerprint = found.fingerprint;
          return found.key;
        },
        {
          algorithms: [...settings.algorithms],
          issuer: settings.issuer,
          audience: [...settings.audience],
          requiredClaims: ['exp'],
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
          currentDate: new Date(this.now()),
        },
      );
      return { claims: payload, fingerprint };
    } catch (error) {
      throw error instanceof AppError ? error : tokenInvalid(reasonOf(error));
    }
  }
}

function headerOf(token: string): ProtectedHeaderParameters | undefined {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return undefined;
  }
}

function unverifiedIssuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    throw tokenInvalid('The access token is malformed');
  }
}

function checkHeader(header: ProtectedHeaderParameters, accepted: readonly (string | null)[]): void {
  if (REFUSED_HEADERS.some((name) => name in header))
    throw tokenInvalid('The access token has a header that is not accepted');
  const typ: unknown = 'typ' in header ? header['typ'] : null;
  if (!accepted.some((other) => other === typ || isSameType(other, typ)))
    throw tokenInvalid('The token is not an access token: its typ is not accepted');
}

function isSameType(one: unknown, other: unknown): boolean {
  return typeof one === 'string' && typeof other === 'string' && mediaType(one) === mediaType(other);
}

/** `typ` leaves out `application/` and ignores case (RFC 7515, section 4.1.9). */
function mediaType(typ: string): string {
  const lower = typ.toLowerCase();
  return lower.includes('/') ? lower : `application/${lower}`;
}

function expiryOf({ exp }: JWTPayload): number {
  // 1e999 parses as Infinity, which is after every date.
  if (exp === undefined || !Number.isFinite(exp)) throw tokenInvalid(NO_EXPIRY);
  return exp;
}

const NO_EXPIRY = 'The access token has no valid time of expiry';
const CLAIM_REASONS: ReadonlyMap<string, string> = new Map([
  ['aud', 'The access token is not meant for this service'],
  ['nbf', 'The access token is not valid yet'],
  ['exp', NO_EXPIRY],
]);

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The access token has expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return CLAIM_REASONS.get(error.claim) ?? 'The access token has a claim that is not accepted';
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'The access token has an algorithm that is not accepted';
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid)
    return 'The access token is malformed';
  return 'The signature of the access token could not be verified';
}
