import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, {
  type Adapter,
  type AdapterPayload,
  type ClientMetadata,
  type Configuration,
  type SigningAlgorithm as Jwa,
} from 'oidc-provider';
import { SCOPES } from '../../src/auth/require-scopes.js';
import { DpopClient } from './tokens-dpop.js';
import type { SigningAlgorithm, SigningKey } from './tokens.js';

// Node's own makes objects of another realm than Jest's, which oidc-provider does not take for plain ones.
globalThis.structuredClone = <T>(value: T): T =>
  value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);

const AUDIENCE = 'urn:acs:api';
const SCOPE = SCOPES.join(' ');

export type TokenFormat = SigningAlgorithm | 'opaque';

export interface AuthorizationServerOptions {
  /** What it signs with: the first key of an algorithm; all are published. */
  readonly keys: readonly SigningKey[];
  /** Clients that may introspect, by their public keys. */
  readonly introspectors: Readonly<Record<string, SigningKey>>;
}

/**
 * A real authorization server (oidc-provider) whose client `shop` of the tenant acme gets JWTs of any algorithm and
 * opaque tokens, bound to its key where it proves one. It can restart with other keys, as an operator would.
 */
export class AuthorizationServer {
  private server: Server | undefined;
  private port = 0;
  /** What it knows of opaque tokens, which a restart does not lose. */
  private readonly kept = new Map<string, AdapterPayload>();

  static async start(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
    const server = new AuthorizationServer();
    await server.restart(options);
    return server;
  }

  get issuer(): string {
    return `http://localhost:${this.port}`;
  }

  /** As `AUTH_ISSUERS` has it, without introspection. */
  get settings(): { issuer: string; audience: string; tenantClaim: string; tenants: string[] } {
    return { issuer: this.issuer, audience: AUDIENCE, tenantClaim: 'tenant_id', tenants: ['acme'] };
  }

  get introspectionEndpoint(): string {
    return `${this.issuer}/token/introspection`;
  }

  async restart(options: AuthorizationServerOptions): Promise<void> {
    await this.stop();
    const server = createServer();
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    const handle = new Provider(this.issuer, {
      ...configuration(options),
      adapter: (model) => adapterOn(this.kept, model),
    }).callback();
    server.on('request', (request, response) => void handle(request, response));
  }

  /** An access token by the client-credentials grant; bound to the client's key when there is one. */
  async token(format: TokenFormat, client?: DpopClient): Promise<string> {
    const endpoint = `${this.issuer}/token`;
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        // A restart would end a connection that is kept.
        connection: 'close',
        authorization: `Basic ${Buffer.from('shop:shop-secret').toString('base64')}`,
        ...(client ? { dpop: client.proof('', endpoint, { htm: 'POST', ath: undefined }) } : {}),
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: SCOPE,
        resource: `urn:format:${format}`,
      }),
    });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`The authorization server answered ${response.status}`);
    return token;
  }

  async stop(): Promise<void> {
    if (!this.server) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

function adapterOn(kept: Map<string, AdapterPayload>, model: string): Adapter {
  const nothing = (): Promise<undefined> => Promise.resolve(undefined);
  return {
    upsert: (id, payload) => Promise.resolve(void kept.set(`${model} ${id}`, payload)),
    find: (id) => Promise.resolve(kept.get(`${model} ${id}`)),
    destroy: (id) => Promise.resolve(void kept.delete(`${model} ${id}`)),
    // For flows with a person, which no client here may use.
    consume: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    revokeByGrantId: nothing,
  };
}

function configuration({ keys, introspectors }: AuthorizationServerOptions): Configuration {
  return {
    clients: [SHOP, ...Object.entries(introspectors).map(([id, key]) => introspectorOf(id, key))],
    clientDefaults: { id_token_signed_response_alg: keys[0]!.alg },
    scopes: [...SCOPES],
    jwks: {
      keys: keys.map(({ kid, alg, privateKey }) => ({
        ...privateKey.export({ format: 'jwk' }),
        kid,
        alg,
        use: 'sig',
      })),
    },
    cookies: { keys: ['cookie'] },
    clientAuthMethods: ['client_secret_basic', 'private_key_jwt'],
    enabledJWA: {
      clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'],
      idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'],
    },
    ttl: { ClientCredentials: 3600 },
    extraTokenClaims: () => ({ tenant_id: 'acme' }),
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_ctx, { clientId }) => clientId in introspectors },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource) => {
          const format = resource.replace('urn:format:', '') as TokenFormat;
          return {
            scope: SCOPE,
            audience: AUDIENCE,
            accessTokenTTL: 3600,
            ...(format === 'opaque'
              ? { accessTokenFormat: 'opaque' }
              : { accessTokenFormat: 'jwt', jwt: { sign: { alg: format satisfies Jwa } } }),
          };
        },
      },
    },
  };
}

const SHOP: ClientMetadata = {
  client_id: 'shop',
  client_secret: 'shop-secret',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  scope: SCOPE,
  token_endpoint_auth_method: 'client_secret_basic',
};

function introspectorOf(id: string, key: SigningKey): ClientMetadata {
  return {
    client_id: id,
    grant_types: [],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: key.alg,
    jwks: { keys: [key.jwk] },
  };
}
