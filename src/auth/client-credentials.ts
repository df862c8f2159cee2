import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { ClientKey, Introspection } from '../environment/environment.js';

const ASSERTION_SECONDS = 60;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What a request to an authorization server must carry, in its form and its headers, to show which client asks. */
export interface ClientCredentials {
  readonly form: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** By secret (`client_secret_basic`) or by signature (`private_key_jwt`), as configured. `now` is in milliseconds. */
export async function clientCredentials(client: Introspection, now: number): Promise<ClientCredentials> {
  const { clientId } = client;
  if ('clientSecret' in client)
    return { form: {}, headers: { authorization: basicCredentials(clientId, client.clientSecret) } };
  const assertion = await clientAssertion(clientId, client.privateKey, now);
  const form = { client_id: clientId, client_assertion_type: ASSERTION_TYPE, client_assertion: assertion };
  return { form, headers: {} };
}

/** RFC 7523, section 3; OpenID Connect Core, section 9: for one use within a minute. */
function clientAssertion(
  clientId: string,
  { key, algorithm, keyId, audience }: ClientKey,
  now: number,
): Promise<string> {
  const seconds = Math.floor(now / 1_000);
  return new SignJWT()
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + ASSERTION_SECONDS)
    .sign(key);
}

/** RFC 6749, section 2.3.1: both halves are form-encoded before they are joined. */
function basicCredentials(clientId: string, clientSecret: string): string {
  const encoded = [clientId, clientSecret].map((half) =>
    new URLSearchParams({ '': half }).toString().slice(1),
  );
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}
