import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FailedAuthentications } from '../auth/failed-authentications.js';
import { pathOf } from './request-path.js';
import type { PublicUrl } from './public-url.js';

const ONE_YEAR_SECONDS = 31_536_000;
const NOTHING = "default-src 'none'; frame-ancestors 'none'";

/** The headers that every answer has, whatever it is (OWASP REST Security Cheat Sheet). */
export class ResponseHeaders {
  private failures: FailedAuthentications | undefined;
  /** For Swagger UI: itself, and the authorization server, whose token endpoint it calls. */
  private swaggerUi = NOTHING;

  constructor(private readonly publicUrl: PublicUrl) {}

  /** Called once, when the application is built. */
  settle(failures: FailedAuthentications, tokenUrls: readonly string[]): void {
    this.failures = failures;
    const connect = ["'self'", ...new Set(tokenUrls.map((url) => new URL(url).origin))].join(' ');
    this.swaggerUi = `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src ${connect}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`;
  }

  set(request: FastifyRequest, reply: FastifyReply): void {
    const isSwaggerUi = /^\/docs(?:\/|$)/.test(pathOf(request));
    void reply.headers(this.common(isSwaggerUi ? this.swaggerUi : NOTHING));
  }

  /** What is left of failed authentications, unless a limit that was reached is told already. */
  setRateLimit(request: FastifyRequest, reply: FastifyReply): void {
    if (!reply.hasHeader('ratelimit')) void reply.headers(this.rateLimitOf(request.ip));
  }

  /** Those of an answer to who is connected from an address, where no request can be told. */
  onSocket(address: string): Readonly<Record<string, string>> {
    return { ...this.common(NOTHING), ...this.rateLimitOf(address) };
  }

  private common(contentSecurityPolicy: string): Record<string, string> {
    const { origin, protocol } = this.publicUrl;
    return {
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': contentSecurityPolicy,
      'referrer-policy': 'no-referrer',
      'access-control-allow-origin': origin,
      ...(protocol === 'https:' ? { 'strict-transport-security': `max-age=${ONE_YEAR_SECONDS}` } : {}),
    };
  }

  private rateLimitOf(address: string): Record<string, string> {
    if (!this.failures) return {};
    const { failures, seconds } = this.failures.left(address);
    return { ratelimit: rateLimit('FAILED_AUTHENTICATIONS', failures, seconds) };
  }
}

/** The `RateLimit` field of draft-ietf-httpapi-ratelimit-headers: what is left of a limit, for so many seconds. */
export function rateLimit(per: string, remaining: number, seconds: number): string {
  return `"${per.toLowerCase().replaceAll('_', '-')}";r=${remaining};t=${seconds}`;
}
