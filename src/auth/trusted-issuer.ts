import type { Issuer } from '../environment/environment.js';
import type { Caller } from '../shared/caller.js';
import { AuthError, tokenInvalid } from './auth-error.js';
import { type Claims, clientOf, scopesOf, tenantOf } from './claims.js';

const TENANT = /^[A-Za-z0-9][A-Za-z0-9._:@|-]{0,127}$/;

/** An issuer whose tokens are accepted, and what may be concluded from claims that it vouches for. */
export class TrustedIssuer {
  private readonly tenants: RegExp;

  constructor(readonly settings: Issuer) {
    this.tenants = new RegExp(`^(?:${settings.tenants.map(toPattern).join('|')})$`);
  }

  /** The caller; `tenant-missing` when the claims name no tenant that this issuer may speak for. */
  callerOf(claims: Claims): Caller {
    const { issuer, tenantClaim, scopeClaim } = this.settings;
    const client = clientOf(claims);
    if (client === undefined) throw tokenInvalid('The access token names no client');
    const tenant = tenantOf(claims, tenantClaim);
    if (typeof tenant !== 'string' || !TENANT.test(tenant) || !this.tenants.test(tenant))
      throw new AuthError('tenant-missing', 'The access token names no tenant that its issuer may speak for');
    return { tenant, issuer, client, scopes: scopesOf(claims, scopeClaim, tenant) };
  }
}

/** `*` stands for any characters, everything else for itself. */
function toPattern(tenant: string): string {
  return tenant
    .split(/\*+/)
    .map((part) => part.replace(/[^A-Za-z0-9]/g, String.raw`\$&`))
    .join('.*');
}
