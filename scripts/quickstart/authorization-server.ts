import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type ClientMetadata, type Configuration } from 'oidc-provider';
import { SCOPES } from '../../src/auth/require-scopes.js';
import {
  AUDIENCE,
  DEVELOPMENT_CLIENTS,
  INTROSPECTION_CLIENT,
  OPAQUE_RESOURCE,
} from './development-clients.js';
import type { Secrets } from './secrets.js';

export interface AuthorizationServerOptions {
  /** 0 picks a free one. */
  readonly port: number;
  readonly secrets: Pick<Secrets, 'signingKey' | 'cookieKey' | 'introspectionSecret'>;
}

/** Starts the development authorization server on loopback; resolves with its issuer. */
export async function startAuthorizationServer(options: AuthorizationServerOptions): Promise<string> {
  const server = createServer();
  // Longer than clients keep an idle connection, so that none is closed under a request.
  server.keepAliveTimeout = 72_000;
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, configuration(options.secrets));
  const handle = provider.callback();
  server.on('request', (request, response) => void handle(request, response));
  return issuer;
}

/** Client credentials with HTTP basic, tokens of one hour, a `tenant_id` claim, and nothing for end users. */
function configuration(secrets: AuthorizationServerOptions['secrets']): Configuration {
  return {
    clients: [
      ...DEVELOPMENT_CLIENTS.map(({ id, secret }) => clientOf(id, secret, ['client_credentials'])),
      clientOf(INTROSPECTION_CLIENT, secrets.introspectionSecret, []),
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: [...SCOPES],
    jwks: { keys: [secrets.signingKey] },
    cookies: { keys: [secrets.cookieKey] },
    clientAuthMethods: ['client_secret_basic'],
    // Swagger UI is served from another port, which is another origin.
    clientBasedCORS: () => true,
    ttl: { ClientCredentials: 3600 },
    extraTokenClaims: (_ctx, token) => tenantClaim(token.clientId),
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client) => client.clientId === INTROSPECTION_CLIENT,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: (ctx, resource) => {
          // Without a scope the client gets all of its scopes (RFC 6749, 3.3: a default the server documents).
          if (ctx.oidc.params && !ctx.oidc.params.scope) ctx.oidc.params.scope = SCOPES.join(' ');
          return {
            scope: SCOPES.join(' '),
            audience: AUDIENCE,
            accessTokenFormat: resource === OPAQUE_RESOURCE ? 'opaque' : 'jwt',
            accessTokenTTL: 3600,
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
    },
  };
}

function clientOf(id: string, secret: string, grants: string[]): ClientMetadata {
  return {
    client_id: id,
    client_secret: secret,
    grant_types: grants,
    redirect_uris: [],
    response_types: [],
    scope: SCOPES.join(' '),
    token_endpoint_auth_method: 'client_secret_basic',
  };
}

function tenantClaim(clientId: string | undefined): { tenant_id: string } | undefined {
  const client = DEVELOPMENT_CLIENTS.find(({ id }) => id === clientId);
  return client && { tenant_id: client.tenant };
}
