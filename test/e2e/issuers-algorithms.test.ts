import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { generateSecrets } from '../../scripts/quickstart/secrets.js';
import { eventually } from '../support/eventually.js';
import { type ApiProcess, startApi } from '../support/processes.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { AuthorizationServer, type TokenFormat } from '../support/tokens-authorization-server.js';
import { DpopClient } from '../support/tokens-dpop.js';
import { TestIssuer } from '../support/tokens-issuer.js';
import { makeKey, type SigningAlgorithm, type SigningKey } from '../support/tokens.js';

const ALGORITHMS: readonly SigningAlgorithm[] = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const FORMATS: readonly TokenFormat[] = [...ALGORITHMS, 'opaque'];
const PUBLIC_URL = 'https://acs.example';
const PLACE = `${PUBLIC_URL}/v1/policies`;

const folder = mkdtempSync(join(tmpdir(), 'acs-'));
let database: TestDatabase;
let server: AuthorizationServer;
let introspector: SigningKey;
let firstKeys: readonly SigningKey[];
/** Issues tokens bound to certificates. */
let other: TestIssuer;
let api: ApiProcess;
let behindProxy: ApiProcess;

const keysOf = (generation: string): Promise<SigningKey[]> =>
  Promise.all(ALGORITHMS.map((alg) => makeKey(alg, `${generation}-${alg}`)));

beforeAll(async () => {
  [database, introspector, firstKeys, other] = await Promise.all([
    createTestDatabase(),
    makeKey('PS256', 'introspector'),
    keysOf('first'),
    TestIssuer.start(),
  ]);
  server = await AuthorizationServer.start({ keys: firstKeys, introspectors: { 'acs-api': introspector } });
  const privateKey = join(folder, 'key.pem');
  writeFileSync(privateKey, introspector.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const introspection = {
    endpoint: server.introspectionEndpoint,
    clientId: 'acs-api',
    privateKey: `file:${privateKey}`,
    algorithm: 'PS256',
    keyId: introspector.kid,
  };
  const { issuer, audience, tenantClaim } = other.settings();
  const env = {
    NODE_ENV: 'test',
    DATABASE_URL: database.apiUrl,
    SECRET_KEYS: generateSecrets().secretKeys,
    PUBLIC_URL,
    AUTH_ISSUERS: JSON.stringify([
      { ...server.settings, introspection },
      { issuer, audience, tenantClaim, tenants: ['globex'] },
    ]),
  };
  [api, behindProxy] = await Promise.all([
    startApi(env),
    startApi({ ...env, TRUSTED_PROXIES: '127.0.0.1, 192.0.2.0/24' }),
  ]);
});

afterAll(async () => {
  await Promise.all([api, behindProxy].map(({ child }) => child.stop()));
  await Promise.all([server.stop(), other.stop()]);
  await database.drop();
  rmSync(folder, { recursive: true });
});

async function statusOf(headers: Record<string, string>, { url } = api): Promise<number> {
  const response = await fetch(`${url}/v1/policies`, { headers });
  await response.arrayBuffer();
  return response.status;
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const statuses = (tokens: readonly string[]): Promise<number[]> =>
  Promise.all(tokens.map((token) => statusOf(bearer(token))));
const tokensOf = (formats = FORMATS): Promise<string[]> =>
  Promise.all(formats.map((format) => server.token(format)));
const all = (status: number, { length }: { readonly length: number }): number[] =>
  Array.from({ length }, () => status);

describe('tokens of a real authorization server', () => {
  it.each(FORMATS)('are accepted: %s', async (format) => {
    const token = await server.token(format);
    if (format !== 'opaque')
      expect(decodeProtectedHeader(token)).toEqual({ alg: format, typ: 'at+jwt', kid: `first-${format}` });
    expect(await statusOf(bearer(token))).toBe(200);
  });

  it.each<TokenFormat>(['ES256', 'opaque'])('are bound to the key of their client: %s', async (format) => {
    const [client, thief] = await Promise.all([DpopClient.make(), DpopClient.make()]);
    const token = await server.token(format, client);
    expect(await statusOf(client.headers(token, PLACE))).toBe(200);
    expect(await statusOf(bearer(token))).toBe(401);
    expect(await statusOf(thief.headers(token, PLACE))).toBe(401);
  });

  it('take each proof once among all processes, under fifty parallel requests', async () => {
    const client = await DpopClient.make('EdDSA');
    const headers = client.headers(await server.token('ES256', client), PLACE);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => statusOf(headers, index % 2 ? api : behindProxy)),
    );
    expect(answers.filter((status) => status === 200)).toHaveLength(1);
    expect(answers.filter((status) => status === 401)).toHaveLength(49);
  });
});

describe('a token bound to a certificate', () => {
  it('is accepted of a trusted proxy alone, whoever the request says that it comes from', async () => {
    const der = randomBytes(500);
    const cnf = { 'x5t#S256': createHash('sha256').update(der).digest('base64url') };
    const headers = {
      ...bearer(other.mint({ tenant_id: 'globex', scope: 'challenge:policy:get', cnf })),
      'client-cert': `:${der.toString('base64')}:`,
      'x-forwarded-for': '192.0.2.1',
    };
    expect(await statusOf(headers, behindProxy)).toBe(200);
    expect(await statusOf(headers, api)).toBe(401);
  });
});

describe('the keys of a real authorization server', () => {
  it('rotate under the running API: an overlap loses no token, and what the removed key signed is refused', async () => {
    const introspectors = { 'acs-api': introspector };
    const [second, third] = await Promise.all([keysOf('second'), keysOf('third')]);
    const { pid } = api.child;
    const ofFirst = await tokensOf();
    expect(await statuses(ofFirst)).toEqual(all(200, ofFirst));
    const [unseen = ''] = await tokensOf(['ES256']);

    await server.restart({ keys: [...second, ...firstKeys], introspectors });
    const ofSecond = await tokensOf();
    expect(decodeProtectedHeader(ofSecond[0]!).kid).toBe('second-RS256');
    expect(await statuses([...ofSecond, ...ofFirst, unseen])).toEqual(
      all(200, [...ofSecond, ...ofFirst, '']),
    );

    await server.restart({ keys: [...third, ...second], introspectors });
    const [ofThird = ''] = await tokensOf(['ES256']);
    // An unknown key is looked for once in half a minute.
    await eventually(async () => (await statusOf(bearer(ofThird))) === 200, {
      timeoutMs: 45_000,
      everyMs: 500,
    });
    expect(await statuses(ofSecond)).toEqual(all(200, ofSecond));
    const signed = ofFirst.slice(0, ALGORITHMS.length);
    expect(await statuses([...signed, unseen])).toEqual(all(401, [...signed, unseen]));
    expect(await statusOf(bearer(ofFirst.at(-1)!))).toBe(200);
    expect(api.child.pid).toBe(pid);
    expect(api.child.exitCode).toBeUndefined();
  });
});

describe('failed authentications', () => {
  const fail = async (to: ApiProcess, address: string): Promise<number> =>
    statusOf({ ...bearer(`CANARY.${address}`), 'x-forwarded-for': address }, to);

  it('count by the address that a trusted proxy tells of', async () => {
    for (let time = 0; time < 100; time += 1) expect(await fail(behindProxy, '198.51.100.1')).toBe(401);
    expect(await fail(behindProxy, '198.51.100.1')).toBe(429);
    expect(await fail(behindProxy, '198.51.100.1, 192.0.2.9')).toBe(429);
    expect(await fail(behindProxy, '203.0.113.5, 198.51.100.1')).toBe(429);
    expect(await fail(behindProxy, '198.51.100.2')).toBe(401);
  });

  it('count by the address of the connection where no proxy is trusted', async () => {
    let refused = 0;
    await eventually(async () => {
      refused += 1;
      return (await fail(api, `198.51.100.${refused % 250}`)) === 429;
    });
    expect(refused).toBeLessThanOrEqual(101);
  });

  it('are in the log with address and reason, without the token', () => {
    for (const { lines } of [api, behindProxy]) {
      const log = lines.join('\n');
      expect(log).toContain('"event":"token-invalid"');
      expect(log).not.toContain('CANARY');
    }
    expect(behindProxy.lines.join('\n')).toContain('"ip":"198.51.100.1"');
    expect(api.lines.join('\n')).not.toContain('198.51.100.');
  });
});
