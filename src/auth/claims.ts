export type Claims = Readonly<Record<string, unknown>>;

/** The claim of this name, or else at this path of names joined by dots; own members alone. */
export function claimAt(claims: Claims, path: string): unknown {
  // Names with dots of their own, such as URLs, are common for claims.
  if (Object.hasOwn(claims, path)) return claims[path];
  return path.split('.').reduce<unknown>((value, name) => {
    return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }, claims);
}

/** The tenant that the claim names: a text, or a list of one alone, since nobody could say which of several is meant. */
export function tenantOf(claims: Claims, tenantClaim: string): unknown {
  const value = claimAt(claims, tenantClaim);
  return Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
}

/**
 * The scopes of the configured claim, or of `scope`, or of `scp`: a space-separated string, a list of strings, or an
 * object whose members are scopes and name the tenants that each was granted in, of which those of the tenant count.
 */
export function scopesOf(
  claims: Claims,
  scopeClaim: string | undefined,
  tenant: string,
): ReadonlySet<string> {
  const value = scopeClaim === undefined ? (claims['scope'] ?? claims['scp']) : claimAt(claims, scopeClaim);
  const scopes = listOf(value, tenant);
  return new Set(scopes.filter((scope): scope is string => typeof scope === 'string' && scope !== ''));
}

function listOf(value: unknown, tenant: string): readonly unknown[] {
  if (typeof value === 'string') return value.split(' ');
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return [];
  return Object.keys(value).filter((scope) => isObject(value[scope]) && Object.hasOwn(value[scope], tenant));
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const CLIENT_CLAIMS = ['client_id', 'azp', 'cid', 'appid', 'sub'];

/** The OAuth client, as RFC 9068 (`client_id`), OpenID Connect (`azp`), Okta, Entra or any JWT (`sub`) names it. */
export function clientOf(claims: Claims): string | undefined {
  return CLIENT_CLAIMS.map((name) => claims[name]).find(isClientName);
}

function isClientName(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(value);
}
