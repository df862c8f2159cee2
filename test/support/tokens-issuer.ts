import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Issuer } from '../../src/environment/environment.js';
import { compact, makeKey, signer, type SigningAlgorithm, type SigningKey } from './tokens.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A local authorization server over real HTTP: metadata, JWKS and introspection, all of which can misbehave. */
export class TestIssuer {
  /** What the JWKS publishes. */
  published: unknown[] = [];
  /** What introspection knows, by token. */
  readonly opaque = new Map<string, unknown>();
  /** Paths asked for, in order. */
  readonly asked: string[] = [];
  connections = 0;
  /** Authorization headers that introspection was asked with. */
  readonly credentials: (string | undefined)[] = [];
  /** Takes the place of every answer while it is set. */
  misbehaviour: Answer | undefined;
  metadata: Record<string, unknown> = {};

  private constructor(
    private readonly server: Server,
    readonly key: SigningKey,
  ) {
    server.on('connection', () => (this.connections += 1));
    server.on('request', (request, response) => {
      this.answer(request, response);
    });
    this.published = [key.jwk];
    this.metadata = { issuer: this.url, jwks_uri: `${this.url}/jwks`, token_endpoint: `${this.url}/token` };
  }

  static async start(alg: SigningAlgorithm = 'ES256'): Promise<TestIssuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TestIssuer(server, await makeKey(alg, 'first'));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get jwksFetches(): number {
    return this.asked.filter((path) => path === '/jwks').length;
  }

  get introspections(): number {
    return this.asked.filter((path) => path === '/introspect').length;
  }

  settings(overrides: Partial<Issuer> = {}): Issuer {
    return {
      issuer: this.url,
      audience: ['https://acs.example'],
      algorithms: ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'],
      typ: ['at+jwt'],
      tenantClaim: 'tenant_id',
      tenants: ['acme', 'eu-*'],
      ...overrides,
    };
  }

  withIntrospection(overrides: Partial<Issuer> = {}): Issuer {
    const introspection = {
      endpoint: `${this.url}/introspect`,
      clientId: 'acs: api',
      clientSecret: 's3cret+/',
    };
    return this.settings({ introspection, ...overrides });
  }

  /** Claims that are accepted as they are. */
  claims(overrides: Record<string, unknown> = {}): Record<string, unknown> {
    const seconds = Math.floor(Date.now() / 1_000);
    return {
      iss: this.url,
      aud: 'https://acs.example',
      sub: 'shop',
      client_id: 'shop',
      tenant_id: 'acme',
      scope: 'challenge:get challenge:post',
      iat: seconds,
      exp: seconds + 3_600,
      ...overrides,
    };
  }

  header(overrides: Record<string, unknown> = {}, key = this.key): Record<string, unknown> {
    return { alg: key.alg, kid: key.kid, typ: 'at+jwt', ...overrides };
  }

  /** A token, good unless the overrides say otherwise, signed by the key as its algorithm says. */
  mint(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, key = this.key): string {
    return compact(this.header(header, key), this.claims(claims), signer(key, key.alg));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.asked.push(path);
    if (this.misbehaviour) this.misbehaviour(request, response);
    else if (path === '/.well-known/oauth-authorization-server') reply(response, this.metadata);
    else if (path === '/jwks') reply(response, { keys: this.published });
    else if (path === '/introspect') void this.introspect(request, response);
    else response.writeHead(404).end();
  }

  private async introspect(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.credentials.push(request.headers.authorization);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const token = new URLSearchParams(Buffer.concat(chunks).toString()).get('token') ?? '';
    reply(response, this.opaque.get(token) ?? { active: false });
  }
}

export function reply(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
