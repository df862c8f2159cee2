import { type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { Caller } from '../shared/caller.js';
import { AuthError } from './auth-error.js';
import { ACCESS_TOKEN } from './access-token.strategy.js';
import { FailedAuthentications } from './failed-authentications.js';
import { schemeOf, type TokenRequest } from './presented-token.js';
import { PUBLIC_ROUTE, REQUIRED_SCOPES, type Scope } from './require-scopes.js';

const PASSPORT_OPTIONS = { session: false, property: 'caller' } as const;

interface AuthenticatedRequest extends Pick<TokenRequest, 'headers'> {
  readonly ip: string;
  readonly caller: Caller;
}

/**
 * Lets a request in when its access token is accepted and holds every scope of the route, and puts the caller
 * on the request. Refuses with an `AuthError`, with `rate-limited` after too many failures from one address,
 * and with `unavailable` when the authorization server cannot be asked.
 */
@Injectable()
export class ScopesGuard extends AuthGuard(ACCESS_TOKEN) {
  private readonly log = new Logger('Authentication');

  constructor(
    private readonly reflector: Reflector,
    private readonly failures: FailedAuthentications,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const scopes = this.reflector.get<readonly Scope[] | undefined>(REQUIRED_SCOPES, context.getHandler());
    if (!scopes) return this.isPublic(context);
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    try {
      await super.canActivate(context);
    } catch (error) {
      throw error instanceof AuthError ? this.refusalOf(error, request, scopes) : error;
    }
    const { caller } = request;
    if (scopes.every((scope) => caller.scopes.has(scope))) return true;
    this.log.warn({
      msg: 'Access denied',
      event: 'scope-insufficient',
      ip: request.ip,
      ...identityOf(caller),
    });
    throw new AuthError('scope-insufficient', 'The access token lacks a scope that this call requires', {
      scheme: schemeOf(request),
      scopes,
    });
  }

  override getAuthenticateOptions(): typeof PASSPORT_OPTIONS {
    return PASSPORT_OPTIONS;
  }

  override handleRequest<T>(error: unknown, caller: T | false | null | undefined, refusal: unknown): T {
    if (caller) return caller;
    throw error ?? refusal;
  }

  private isPublic(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_ROUTE, targets)) return true;
    throw new Error('A route declares neither scopes nor that it is public');
  }

  private refusalOf(error: AuthError, request: AuthenticatedRequest, scopes: readonly Scope[]): AuthError {
    const { code, description } = error;
    const { ip } = request;
    if (code === 'tenant-missing') {
      this.log.warn({ msg: 'Access denied', event: code, ip });
      return error.inReplyTo(schemeOf(request), scopes);
    }
    this.failures.refuseIfExhausted(ip);
    const failures = this.failures.record(ip);
    this.log.warn({ msg: 'Authentication failed', event: code, reason: description, ip, failures });
    return error.inReplyTo(schemeOf(request));
  }
}

function identityOf({ tenant, issuer, client }: Caller): Omit<Caller, 'scopes'> {
  return { tenant, issuer, client };
}
