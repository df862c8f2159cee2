/** What the quickstart (`npm start`) is known by; nothing of it is a secret, since it listens on loopback alone. */
const AUTH_PORT = 3001;

/** The token endpoint of its authorization server. */
export function quickstartTokenUrl(env: NodeJS.ProcessEnv): string {
  return `http://localhost:${env['AUTH_PORT'] || AUTH_PORT}/token`;
}

/** The secrets of its clients, by client; each client is of the tenant of the same name. */
export const QUICKSTART_CLIENTS: Readonly<Record<string, string>> = {
  acme: 'acme-secret',
  globex: 'globex-secret',
};

/** Asked for as the resource, it makes the access token opaque. */
export const OPAQUE_RESOURCE = 'urn:acs:opaque';
