import { randomUUID } from 'node:crypto';
import type { Child } from '../../scripts/quickstart/child.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import { generateSecrets } from '../../scripts/quickstart/secrets.js';
import { TestIssuer } from '../../test/support/tokens-issuer.js';
import type { Belongings } from './belongings.js';
import { startNodeProcess } from './node-process.js';

export const TENANT = 'acme';
export const CODE_POLICY = 'bench-code';
export const TOKEN_POLICY = 'bench-token';
const TOKEN_SECONDS = 12 * 3_600;

const main = (name: string): URL => new URL(`../../src/main.${name}.js`, import.meta.url);

/** The product's processes and what they need to know of one another. */
export class Product {
  readonly secretKeys = generateSecrets().secretKeys;

  private constructor(
    private readonly issuer: TestIssuer,
    private readonly belongings: Belongings,
  ) {}

  static async prepare(belongings: Belongings): Promise<Product> {
    const issuer = await TestIssuer.start('ES256');
    belongings.add('the token issuer', () => issuer.stop());
    return new Product(issuer, belongings);
  }

  /** A token of the tenant with every scope that the load needs, like no other. */
  token(): string {
    return this.issuer.mint(this.claims());
  }

  /** The same, which only its issuer can read. */
  opaqueToken(): string {
    const token = randomUUID();
    this.issuer.opaque.set(token, { active: true, ...this.issuer.claims(this.claims()) });
    return token;
  }

  /** An API process as production runs it. */
  async startApi(databaseUrl: string, belongings = this.belongings): Promise<RunningApi> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const issuer = this.issuer.withIntrospection({ jwksUri: `${this.issuer.url}/jwks`, tenants: [TENANT] });
    const child = startNodeProcess(
      'API',
      main('api'),
      {
        DATABASE_URL: databaseUrl,
        SECRET_KEYS: this.secretKeys,
        AUTH_ISSUERS: JSON.stringify([issuer]),
        PORT: String(port),
        PUBLIC_URL: url,
        ...given('WEB_CONCURRENCY', 'DATABASE_POOL_SIZE', 'LOG_LEVEL'),
      },
      belongings,
    );
    await child.line((line) => line.includes('api ready'), 60_000);
    return { child, url };
  }

  /** A worker process as production runs it, that hands mail to the sink. */
  async startWorker(
    databaseUrl: string,
    smtpPort: number,
    connections: number,
    redisUrl: string | undefined,
  ): Promise<Child> {
    const child = startNodeProcess(
      'Worker',
      main('worker'),
      {
        DATABASE_URL: databaseUrl,
        SECRET_KEYS: this.secretKeys,
        EMAIL_PROVIDERS: `smtp://127.0.0.1:${smtpPort}?tls=off&pool=${connections}`,
        SMS_PROVIDERS: `mail-gateway://127.0.0.1:${smtpPort}?domain=sms.localhost&from=sms@acs.localhost`,
        ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
        ...given('WORKER_CONCURRENCY', 'DATABASE_POOL_SIZE', 'LOG_LEVEL'),
      },
      this.belongings,
    );
    await child.line((line) => line.includes('worker ready'), 60_000);
    return child;
  }

  private claims(): Record<string, unknown> {
    const scope = [
      ...['post', 'get', 'delete', 'answer', 'resend', 'complete', 'policy:post', 'policy:get'],
      ...['configuration:get', 'configuration:put'],
    ].map((name) => `challenge:${name}`);
    const exp = Math.floor(Date.now() / 1_000) + TOKEN_SECONDS;
    return { tenant_id: TENANT, scope: scope.join(' '), exp, jti: randomUUID() };
  }
}

export interface RunningApi {
  readonly child: Child;
  readonly url: string;
}

function given(...keys: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(keys.filter((key) => process.env[key]).map((key) => [key, process.env[key]]));
}
