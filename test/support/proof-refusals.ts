import { randomUUID } from 'node:crypto';
import { SCOPES } from '../../src/auth/require-scopes.js';
import type { ProofTenants, TokenKind } from './proof-tenants.js';
import { compact, makeKey, signer } from './tokens.js';

/** What a token lacks, and what every operation must say to it. */
export interface Refusal {
  readonly title: string;
  readonly status: 401 | 403;
  readonly code: 'token-missing' | 'token-invalid' | 'tenant-missing' | 'scope-insufficient';
  /** The kinds of token that can have the fault; both unless told. */
  readonly kinds?: readonly TokenKind[];
  /** The headers to send, given the scopes that the operation requires, and what comes behind its path. */
  readonly send: (
    tenants: ProofTenants,
    kind: TokenKind,
    scopes: readonly string[],
  ) => Promise<Attempt> | Attempt;
}

export interface Attempt {
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: string;
}

const bearer = (token: string): Attempt => ({ headers: { authorization: `Bearer ${token}` } });
const JWT: readonly TokenKind[] = ['JWT'];
const now = (): number => Math.floor(Date.now() / 1_000);

/** A token that is good but for some claims. */
const claiming =
  (claims: (tenants: ProofTenants) => object): Refusal['send'] =>
  (tenants, kind, scopes) =>
    bearer(tenants.token(kind, { scope: scopes.join(' '), ...claims(tenants) }));

/** A JWT that is good but for its header. */
const headed =
  (header: object): Refusal['send'] =>
  ({ issuer }, _kind, scopes) =>
    bearer(issuer.mint({ tenant_id: 'north', scope: scopes.join(' ') }, { ...header }));

/** A token whose scopes are made from those that are required. */
const scoped =
  (scopesOf: (required: readonly string[]) => unknown): Refusal['send'] =>
  (tenants, kind, scopes) =>
    bearer(tenants.token(kind, { scope: scopesOf(scopes) }));

const missing = { status: 401, code: 'token-missing' } as const;
const invalid = { status: 401, code: 'token-invalid' } as const;
const homeless = { status: 403, code: 'tenant-missing' } as const;
const unscoped = { status: 403, code: 'scope-insufficient' } as const;

/** Every way in which a request may not be allowed, whatever it asks for. */
export function everyRefusal(): readonly Refusal[] {
  return [
    { title: 'no token', ...missing, kinds: JWT, send: () => ({ headers: {} }) },
    {
      title: 'a token by another scheme',
      ...missing,
      send: (tenants, kind) => ({ headers: { authorization: `Basic ${tenants.token(kind, {})}` } }),
    },
    {
      title: 'a token anywhere but in its header',
      ...missing,
      send: (tenants, kind) => {
        const token = tenants.token(kind, {});
        return {
          headers: { cookie: `access_token=${token}`, 'x-access-token': token },
          query: `?access_token=${token}`,
        };
      },
    },
    {
      title: 'a token that was altered, or that nobody knows',
      ...invalid,
      send: (tenants, kind) => bearer(altered(tenants.token(kind, {}))),
    },
    {
      title: "a token signed by another issuer's key",
      ...invalid,
      kinds: JWT,
      send: ({ issuer, other }) =>
        bearer(issuer.mint({ tenant_id: 'north', scope: SCOPES.join(' ') }, {}, other.key)),
    },
    {
      title: 'a token signed by a key that nobody published',
      ...invalid,
      kinds: JWT,
      send: async ({ issuer }) => {
        const key = await makeKey('ES256', issuer.key.kid);
        const claims = issuer.claims({ tenant_id: 'north', scope: SCOPES.join(' ') });
        return bearer(compact(issuer.header(), claims, signer(key, 'ES256')));
      },
    },
    {
      title: 'a token that was revoked',
      ...invalid,
      kinds: ['opaque'],
      send: (tenants, _kind, scopes) =>
        bearer(
          tenants.opaque({
            ...tenants.issuer.claims({ tenant_id: 'north', scope: scopes.join(' ') }),
            active: false,
          }),
        ),
    },
    { title: 'an expired token', ...invalid, send: claiming(() => ({ exp: now() - 60 })) },
    { title: 'a token that never expires', ...invalid, send: claiming(() => ({ exp: undefined })) },
    { title: 'a token that is not valid yet', ...invalid, send: claiming(() => ({ nbf: now() + 120 })) },
    {
      title: 'a token for another service',
      ...invalid,
      send: claiming(() => ({ aud: 'https://acs.example.evil' })),
    },
    { title: 'a token for nobody', ...invalid, send: claiming(() => ({ aud: undefined })) },
    {
      title: 'a token of an issuer that is not trusted',
      ...invalid,
      send: claiming(() => ({ iss: 'https://elsewhere.example' })),
    },
    {
      title: 'a token that names the other issuer',
      ...invalid,
      send: claiming(({ other }) => ({ iss: other.url })),
    },
    { title: 'an ID token', ...invalid, kinds: JWT, send: headed({ typ: 'JWT' }) },
    { title: 'a token without a type', ...invalid, kinds: JWT, send: headed({ typ: undefined }) },
    {
      title: 'a token without a signature',
      ...invalid,
      kinds: JWT,
      send: headed({ alg: 'none' }),
    },
    { title: 'a token without a tenant', ...homeless, send: claiming(() => ({ tenant_id: undefined })) },
    {
      title: 'a token of a tenant that its issuer may not speak for',
      ...homeless,
      send: claiming(() => ({ tenant_id: 'west' })),
    },
    {
      title: 'a token of an issuer that may speak for other tenants',
      ...homeless,
      send: ({ other }, kind, scopes) => {
        const claims = { tenant_id: 'north', scope: scopes.join(' ') };
        if (kind === 'JWT') return bearer(other.mint(claims));
        const token = `opaque-${randomUUID()}`;
        other.opaque.set(token, { active: true, ...other.claims(claims) });
        return bearer(token);
      },
    },
    {
      title: 'a token of several tenants',
      ...homeless,
      send: claiming(() => ({ tenant_id: ['north', 'south'] })),
    },
    { title: 'a token without a scope', ...unscoped, send: scoped(() => undefined) },
    {
      title: 'a token that has every scope but those required',
      ...unscoped,
      send: scoped((required) => SCOPES.filter((scope) => !required.includes(scope)).join(' ')),
    },
    {
      title: 'a token with what looks like the scope',
      ...unscoped,
      send: scoped((required) =>
        required.flatMap((scope) => [
          scope.toUpperCase(),
          `${scope}:all`,
          `${scope.slice(0, scope.lastIndexOf(':'))}:*`,
          scope.slice(0, scope.lastIndexOf(':')),
          scope.slice(scope.indexOf(':') + 1),
          `${scope},other`,
        ]),
      ),
    },
  ];
}

/** Another signature, or another name. */
function altered(token: string): string {
  const at = token.length - 10;
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
}
