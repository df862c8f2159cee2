/** What the API asks of a token's audience. */
export const AUDIENCE = 'urn:acs:api';
/** Given as `resource` of the token request, it asks for an opaque token instead of a JWT. */
export const OPAQUE_RESOURCE = 'urn:acs:opaque';
/** The API's own client, for introspection. */
export const INTROSPECTION_CLIENT = 'acs-api';

export interface DevelopmentClient {
  readonly id: string;
  readonly secret: string;
  readonly tenant: string;
}

/** Known to everyone: the authorization server that honours them listens on loopback and for development only. */
export const DEVELOPMENT_CLIENTS: readonly DevelopmentClient[] = [
  { id: 'acme', secret: 'acme-secret', tenant: 'acme' },
  { id: 'globex', secret: 'globex-secret', tenant: 'globex' },
];
