export type Claims = Readonly<Record<string, unknown>>;

/** The claim of this name, or else at this path of names joined by dots; own members alone. */
export function claimAt(claims: Claims, path: string): unknown {
  // Names with dots of their own, such as URLs, are common for claims.
  if (Object.hasOwn(claims, path)) return claims[path];
  return path.split('.').reduce<unknown>((value, name) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && Object.hasOwn(value, name) ? (value as Claims)[name] : undefined;
  }, claims);
}

/** The scopes of the configured claim, or of `scope`, or of `scp`: a space-separated string or a list of strings. */
export function scopesOf(claims: Claims, scopeClaim: string | undefined): ReadonlySet<string> {
  const value = scopeClaim === undefined ? (claims['scope'] ?? claims['scp']) : claimAt(claims, scopeClaim);
  const scopes: readonly unknown[] =
    typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  return new Set(scopes.filter((scope): scope is string => typeof scope === 'string' && scope !== ''));
}

/** The OAuth client, as RFC 9068 (`client_id`), OpenID Connect (`azp`) or any JWT (`sub`) names it. */
export function clientOf(claims: Claims): string | undefined {
  return [claims['client_id'], claims['azp'], claims['sub']].find(isClientName);
}

function isClientName(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(value);
}
