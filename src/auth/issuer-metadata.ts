import type { Issuer } from '../environment/environment.js';
import type { OutboundJson } from './outbound-json.js';

/** What is read of an authorization server's metadata (RFC 8414, section 2). */
export interface IssuerMetadata {
  readonly jwksUri?: string;
  readonly tokenEndpoint?: string;
}

/**
 * Fetches the metadata of an issuer: by RFC 8414 first, then as OpenID Connect Discovery has it. A document that
 * names another issuer does not count (RFC 8414, section 3.3). Rejects when neither place has one.
 */
export async function fetchIssuerMetadata(
  { issuer }: Pick<Issuer, 'issuer'>,
  http: OutboundJson,
): Promise<IssuerMetadata> {
  for (const url of metadataUrls(issuer)) {
    const metadata = readMetadata((await http.get(url)).json, issuer);
    if (metadata) return metadata;
  }
  throw new Error('The issuer publishes no metadata of its own');
}

function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
}

function readMetadata(json: unknown, issuer: string): IssuerMetadata | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const members = json as Readonly<Record<string, unknown>>;
  if (members['issuer'] !== issuer) return undefined;
  const { jwks_uri: jwksUri, token_endpoint: tokenEndpoint } = members;
  return {
    ...(isUrl(jwksUri) ? { jwksUri } : {}),
    ...(isUrl(tokenEndpoint) ? { tokenEndpoint } : {}),
  };
}

function isUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:/.test(value) && URL.canParse(value);
}
