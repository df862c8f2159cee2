import { randomBytes, randomUUID } from 'node:crypto';
import { TENANT_SEEDS, POLICY_SEEDS } from '../../scripts/quickstart/seed.js';
import { SCOPES } from '../../src/auth/require-scopes.js';
import { ApiClient } from './api-client.js';
import { CoreDatabase } from './core-database.js';
import { type ApiProcess, startApi } from './processes.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';
import { TestIssuer } from './tokens-issuer.js';

/** A token that says who calls by itself, and one that only its issuer can read. */
export const TOKEN_KINDS = ['JWT', 'opaque'] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

export type Claims = Readonly<Record<string, unknown>>;

/**
 * An API process that trusts two issuers made by the test, so that a token can say anything: `issuer` speaks for
 * `north` and `south`, `other` for `west`. It takes the client's address from `X-Forwarded-For`.
 */
export class ProofTenants {
  readonly rows: CoreDatabase;

  private constructor(
    readonly database: TestDatabase,
    readonly issuer: TestIssuer,
    readonly other: TestIssuer,
    readonly api: ApiProcess,
  ) {
    this.rows = new CoreDatabase(database.superuserUrl);
  }

  static async start(env: NodeJS.ProcessEnv = {}): Promise<ProofTenants> {
    const [database, issuer, other] = await Promise.all([
      createTestDatabase(),
      TestIssuer.start(),
      TestIssuer.start(),
    ]);
    const api = await startApi({
      NODE_ENV: 'test',
      DATABASE_URL: database.apiUrl,
      DATABASE_POOL_SIZE: '10',
      SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      TRUSTED_PROXIES: '127.0.0.1',
      AUTH_ISSUERS: JSON.stringify([
        issuer.withIntrospection({ tenants: ['north', 'south'] }),
        other.withIntrospection({ tenants: ['west'] }),
      ]),
      ...env,
    });
    const tenants = new ProofTenants(database, issuer, other, api);
    for (const tenant of ['north', 'south']) await tenants.furnish(tenant);
    return tenants;
  }

  /** A good token of the tenant with every scope, but for what the claims say. */
  token(kind: TokenKind, claims: Claims): string {
    const all = { tenant_id: 'north', scope: SCOPES.join(' '), jti: randomUUID(), ...claims };
    if (kind === 'JWT') return this.issuer.mint(all);
    return this.opaque({ active: true, ...this.issuer.claims(all) });
  }

  /** An opaque token about which introspection answers so. */
  opaque(answer: object): string {
    const token = `opaque-${randomUUID()}`;
    this.issuer.opaque.set(token, answer);
    return token;
  }

  /** A caller of the tenant with every scope. */
  client(tenant: string): ApiClient {
    const token = this.token('JWT', { tenant_id: tenant });
    return new ApiClient(this.api.url, () => Promise.resolve(token));
  }

  async stop(): Promise<void> {
    await this.api.child.stop();
    await Promise.all([this.issuer.stop(), this.other.stop()]);
    await this.database.drop();
  }

  /** What the examples of the OpenAPI document take for granted. */
  private async furnish(tenant: string): Promise<void> {
    const client = this.client(tenant);
    const answers = [await client.putConfiguration(TENANT_SEEDS[0]!.configuration)];
    for (const policy of POLICY_SEEDS) answers.push(await client.createPolicy(policy));
    const refused = answers.filter(({ status }) => status >= 300);
    if (refused.length > 0) throw new Error(`The tenant could not be furnished: ${JSON.stringify(refused)}`);
  }
}
