import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withClient } from '../../scripts/quickstart/database.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { DpopClient } from '../support/tokens-dpop.js';
import { bearer, callGuard, type GuardAnswer, RecordingLogger, startGuard } from '../support/tokens-guard.js';
import { TestIssuer } from '../support/tokens-issuer.js';
import { compact, hmacSigner, makeKey, signer, type SigningAlgorithm } from '../support/tokens.js';

const ALGORITHMS = 'ES256 ES384 EdDSA Ed25519 PS256 RS256';
const PUBLIC_URL = 'https://acs.example/base';
const PLACE = `${PUBLIC_URL}/v1/caller`;

let database: TestDatabase;
let issuer: TestIssuer;
let client: DpopClient;
const logger = new RecordingLogger();
let app: NestFastifyApplication;
let guard: string;

beforeAll(async () => {
  [database, issuer, client] = await Promise.all([
    createTestDatabase(),
    TestIssuer.start(),
    DpopClient.make(),
  ]);
  const { issuer: url, audience, tenantClaim, tenants, introspection } = issuer.withIntrospection();
  app = await startGuard({
    databaseUrl: database.apiUrl,
    issuers: [{ issuer: url, audience, tenantClaim, tenants, introspection }],
    publicUrl: PUBLIC_URL,
    env: { TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.0/8' },
    logger,
  });
  guard = await app.getUrl();
});

afterAll(async () => {
  await app.close();
  await issuer.stop();
  await database.drop();
  Logger.overrideLogger(false);
});

type Members = Record<string, unknown>;

const bound = (claims: Members = {}): string =>
  issuer.mint({ cnf: { jkt: client.thumbprint }, jti: randomUUID(), ...claims });

const call = (headers: Record<string, string>, method = 'GET', path = '/v1/caller'): Promise<GuardAnswer> =>
  callGuard(`${guard}${path}`, { 'x-forwarded-for': `10.1.${randomBytes(2).join('.')}`, ...headers }, method);

/** A refusal as RFC 9449, section 7.1, has it. */
const refusal = (error: string, description?: string): object => ({
  status: 401,
  body: { code: 'token-invalid' },
  challenge: expect.stringMatching(
    new RegExp(
      `^DPoP realm="acs", error="${error}", error_description="${description ?? '[^"]+'}", algs="${ALGORITHMS}"$`,
    ),
  ),
});

describe('a token bound to a key', () => {
  it('is accepted with a proof, and again with another', async () => {
    const token = bound();
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = await call(client.headers(token, PLACE));
      expect({ status, tenant: body['tenant'] }).toEqual({ status: 200, tenant: 'acme' });
    }
  });

  it('is accepted with a proof when it is opaque', async () => {
    const token = randomUUID();
    issuer.opaque.set(token, { active: true, ...issuer.claims({ cnf: { jkt: client.thumbprint } }) });
    expect((await call(client.headers(token, PLACE))).status).toBe(200);
    expect(await call(bearer(token))).toMatchObject(refusal('invalid_token'));
    const stolen = await DpopClient.make();
    expect(await call(stolen.headers(token, PLACE))).toMatchObject(refusal('invalid_token'));
  });

  it.each<SigningAlgorithm>(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])(
    'may have proofs signed with %s',
    async (alg) => {
      const other = await DpopClient.make(alg);
      const token = bound({ cnf: { jkt: other.thumbprint } });
      expect((await call(other.headers(token, PLACE))).status).toBe(200);
    },
  );

  const accepted: [string, (token: string) => Record<string, string>][] = [
    ['of a request with a query', (token) => client.headers(token, `${PLACE}?a=b`)],
    ['with a fragment', (token) => client.headers(token, `${PLACE}#x`)],
    [
      'with the host in capitals and the port',
      (token) => client.headers(token, 'HTTPS://ACS.example:443/base/v1/caller'),
    ],
    ['of half a minute ago', (token) => client.headers(token, PLACE, { iat: Date.now() / 1_000 - 30 })],
    [
      'of a clock that is a little ahead',
      (token) => client.headers(token, PLACE, { iat: Date.now() / 1_000 + 20 }),
    ],
    ['whose typ is in capitals', (token) => client.headers(token, PLACE, {}, { typ: 'DPOP+JWT' })],
    [
      'under the scheme in lower case',
      (token) => ({ ...client.headers(token, PLACE), authorization: `dpop ${token}` }),
    ],
  ];
  it.each(accepted)('is accepted with a proof %s', async (_how, headers) => {
    expect((await call(headers(bound()), 'GET', '/v1/caller?query=1')).status).toBe(200);
  });

  it('is refused as a bearer token, with or without its proof, and told the scheme', async () => {
    const token = bound();
    const { dpop = '' } = client.headers(token, PLACE);
    expect((await call(client.headers(token, PLACE))).status).toBe(200);
    for (const headers of [bearer(token), { ...bearer(token), dpop }])
      expect(await call(headers)).toMatchObject(
        refusal('invalid_token', 'The access token is bound to a key; send it with a DPoP proof'),
      );
  });

  it('is refused with a proof of another key', async () => {
    const thief = await DpopClient.make();
    expect(await call(thief.headers(bound(), PLACE))).toMatchObject(
      refusal('invalid_token', 'The DPoP proof is of another key than the access token'),
    );
  });

  it('needs its proof each time, though the token is remembered', async () => {
    const token = bound();
    expect((await call(client.headers(token, PLACE))).status).toBe(200);
    expect(await call({ authorization: `DPoP ${token}` })).toMatchObject(refusal('invalid_dpop_proof'));
  });

  it('is told of a missing scope under its scheme', async () => {
    const token = bound({ scope: '' });
    expect(await call(client.headers(token, PLACE))).toEqual({
      status: 403,
      body: { code: 'scope-insufficient' },
      challenge: `DPoP realm="acs", error="insufficient_scope", error_description="The access token lacks a scope that this call requires", scope="challenge:get", algs="${ALGORITHMS}"`,
    });
  });

  it('proves the method of each request', async () => {
    const token = bound({ scope: 'challenge:get challenge:post challenge:policy:post' });
    const place = `${PUBLIC_URL}/v1/both`;
    expect((await call(client.headers(token, place, { htm: 'POST' }), 'POST', '/v1/both')).status).toBe(201);
    expect(await call(client.headers(token, place), 'POST', '/v1/both')).toMatchObject(
      refusal('invalid_dpop_proof', 'The DPoP proof is for another method'),
    );
  });
});

describe('a proof', () => {
  const seconds = (): number => Math.floor(Date.now() / 1_000);
  const with_ =
    (claims: Members, header: Members = {}) =>
    (token: string): string =>
      client.proof(token, PLACE, claims, header);
  const hmac = (token: string): string =>
    compact(
      { typ: 'dpop+jwt', alg: 'HS256', jwk: client.jwk },
      client.claims(token, PLACE),
      hmacSigner(JSON.stringify(client.jwk)),
    );
  const privateJwk = (): Members => ({ ...client.key.privateKey.export({ format: 'jwk' }) });

  const broken: [string, (token: string) => string | Promise<string>][] = [
    ['is not there', () => ''],
    ['is garbage', () => 'a.b.c'],
    ['is two in one header', (token) => [1, 2].map(() => client.proof(token, PLACE)).join(', ')],
    ['is over 8 KiB', with_({ more: 'x'.repeat(9_000) })],
    ['has another typ', with_({}, { typ: 'JWT' })],
    ['has no typ', with_({}, { typ: undefined })],
    ['has no algorithm', with_({}, { alg: 'none' })],
    ['has a secret for a key', hmac],
    ['has no key', with_({}, { jwk: undefined })],
    ['has a private key', (token) => client.proof(token, PLACE, {}, { jwk: privateJwk() })],
    ['has a secret key', with_({}, { jwk: { kty: 'oct', k: 'c2VjcmV0' } })],
    ['names its key by kid', with_({}, { jwk: undefined, kid: 'proof' })],
    ['has a critical extension', with_({}, { crit: ['x'], x: 1 })],
    [
      'has the key of somebody else',
      async (token) => {
        const other = await makeKey('ES256', 'other');
        const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: client.jwk };
        return compact(header, client.claims(token, PLACE), signer(other, 'ES256'));
      },
    ],
    ['is for another method', with_({ htm: 'POST' })],
    ['is for the method in lower case', with_({ htm: 'get' })],
    ['is for no method', with_({ htm: undefined })],
    ['is for another path', with_({ htu: `${PUBLIC_URL}/v1/both` })],
    ['is for a longer path', with_({ htu: `${PLACE}/` })],
    ['is for the path alone', with_({ htu: '/base/v1/caller' })],
    ['is for the path without the base', with_({ htu: 'https://acs.example/v1/caller' })],
    ['is for another host', with_({ htu: 'https://evil.example/base/v1/caller' })],
    ['is for another scheme', with_({ htu: 'http://acs.example/base/v1/caller' })],
    ['is for another port', with_({ htu: 'https://acs.example:8443/base/v1/caller' })],
    ['is for a URL with a user', with_({ htu: 'https://u@acs.example/base/v1/caller' })],
    ['is for a list of URLs', with_({ htu: [PLACE] })],
    ['is for no URL', with_({ htu: undefined })],
    ['is two minutes old', with_({ iat: seconds() - 120 })],
    ['comes from the future', with_({ iat: seconds() + 60 })],
    ['has its time as text', with_({ iat: String(seconds()) })],
    ['has no time', with_({ iat: undefined })],
    ['has expired', with_({ exp: seconds() - 60 })],
    ['is for another token', with_({ ath: createHash('sha256').update('other').digest('base64url') })],
    ['is for no token', with_({ ath: undefined })],
    ['has no jti', with_({ jti: undefined })],
    ['has an empty jti', with_({ jti: '' })],
    ['has a jti that is a number', with_({ jti: 7 })],
    ['has a jti of 257 characters', with_({ jti: 'x'.repeat(257) })],
    ['has a changed signature', (token) => client.proof(token, PLACE).replace(/.{4}$/, 'AAAA')],
  ];
  it.each(broken)('is refused when it %s', async (_what, proof) => {
    const token = bound();
    const dpop = await proof(token);
    const headers = { authorization: `DPoP ${token}`, ...(dpop === '' ? {} : { dpop }) };
    expect(await call(headers)).toMatchObject(refusal('invalid_dpop_proof'));
  });

  it('is refused when its RSA key is weak', async () => {
    const weak = await DpopClient.make('RS256', 1024);
    const token = bound({ cnf: { jkt: weak.thumbprint } });
    expect(await call(weak.headers(token, PLACE))).toMatchObject(refusal('invalid_dpop_proof'));
  });

  it('is refused beside another one', async () => {
    const token = bound();
    const proofs = [1, 2].map(() => client.proof(token, PLACE));
    const challenge = await new Promise((resolve, reject) => {
      const request = httpRequest(`${guard}/v1/caller`, (response) => {
        response.resume();
        resolve(response.headers['www-authenticate']);
      });
      request.on('error', reject);
      request.setHeader('Authorization', `DPoP ${token}`).setHeader('DPoP', proofs).end();
    });
    expect(challenge).toContain(
      'error="invalid_dpop_proof", error_description="Send exactly one DPoP proof"',
    );
  });

  it('serves once, under fifty parallel requests', async () => {
    const headers = client.headers(bound(), PLACE);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => callGuard(`${guard}/v1/caller`, headers)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200);
    for (const answer of refused)
      expect(answer).toMatchObject(refusal('invalid_dpop_proof', 'The DPoP proof was used before'));
    expect(await call(headers)).toMatchObject(refusal('invalid_dpop_proof'));
  });

  it('shares its jti with proofs of other keys and of other tenants', async () => {
    const jti = randomUUID();
    const other = await DpopClient.make();
    const tokens = [bound(), bound({ tenant_id: 'eu-1' })];
    for (const token of tokens) expect((await call(client.headers(token, PLACE, { jti }))).status).toBe(200);
    const theirs = bound({ cnf: { jkt: other.thumbprint } });
    expect((await call(other.headers(theirs, PLACE, { jti }))).status).toBe(200);
  });

  it('is not spent by a request that fails for another reason', async () => {
    const token = bound();
    const { dpop = '', authorization = '' } = client.headers(token, PLACE);
    expect((await call({ dpop, authorization }, 'POST', '/v1/both')).status).toBe(401);
    expect((await call({ dpop, authorization })).status).toBe(200);
  });

  it('leaves a row of its tenant for five minutes, without the jti', async () => {
    const jti = 'CANARY-jti';
    const tenant = `eu-${randomUUID()}`;
    await call(client.headers(bound({ tenant_id: tenant }), PLACE, { jti }));
    const rows = await withClient(database.superuserUrl, async (superuser) => {
      const { rows: found } = await superuser.query<{ key: Buffer; seconds: number }>(
        `SELECT key, extract(epoch FROM window_ends_at - clock_timestamp())::int AS seconds
         FROM limit_counter WHERE tenant_id = $1`,
        [tenant],
      );
      return found;
    });
    expect(rows).toHaveLength(1);
    expect(rows[0]!.key.toString()).not.toContain(jti);
    expect(rows[0]!.seconds).toBeGreaterThan(290);
    expect(rows[0]!.seconds).toBeLessThanOrEqual(300);
  });
});

describe('a token that is bound to nothing', () => {
  it('is refused under the DPoP scheme, with a proof or without', async () => {
    const token = issuer.mint();
    for (const headers of [client.headers(token, PLACE), { authorization: `DPoP ${token}` }])
      expect(await call(headers)).toMatchObject(refusal('invalid_token'));
    expect((await call(bearer(token))).status).toBe(200);
  });

  it('is refused as expired under the scheme that it came with', async () => {
    const token = bound({ exp: 1 });
    expect(await call(client.headers(token, PLACE))).toMatchObject(
      refusal('invalid_token', 'The access token has expired'),
    );
  });
});

describe('a token that is bound to anything else', () => {
  it.each([
    ['an unknown member', { jku: 'https://evil.example' }],
    ['a key id', { kid: 'k' }],
    ['a whole key', { jwk: { kty: 'EC' } }],
    ['a known and an unknown member', () => ({ jkt: client.thumbprint, kid: 'k' })],
    ['nothing', {}],
    ['null', null],
    ['a text', 'key'],
    ['a list', [{ jkt: 'x' }]],
    ['a thumbprint that is none', { jkt: 'short' }],
    ['a thumbprint that is a number', { jkt: 7 }],
    ['a thumbprint in a list', () => ({ jkt: [client.thumbprint] })],
    ['an inherited name', JSON.parse('{"__proto__":"x"}') as object],
  ])('is refused for %s, as a JWT and opaque', async (_what, value) => {
    const cnf: unknown = typeof value === 'function' ? (value as () => unknown)() : value;
    const opaque = randomUUID();
    issuer.opaque.set(opaque, { active: true, ...issuer.claims({ cnf }) });
    for (const token of [bound({ cnf }), opaque])
      for (const headers of [bearer(token), client.headers(token, PLACE)])
        expect(await call(headers)).toMatchObject({ status: 401, body: { code: 'token-invalid' } });
  });
});

describe('a token bound to a certificate', () => {
  const der = randomBytes(600);
  const header = `:${der.toString('base64')}:`;
  const thumbprint = createHash('sha256').update(der).digest('base64url');
  const cnf = { 'x5t#S256': thumbprint };

  const behindProxy = (headers: Record<string, string>): Promise<GuardAnswer> =>
    callGuard(`${guard}/v1/caller`, headers);
  const refused = {
    status: 401,
    body: { code: 'token-invalid' },
    challenge:
      'Bearer realm="acs", error="invalid_token", error_description="The access token is bound to a certificate that the client has not shown"',
  };

  it('is accepted when a trusted proxy tells of the certificate, as a JWT and opaque', async () => {
    const opaque = randomUUID();
    issuer.opaque.set(opaque, { active: true, ...issuer.claims({ cnf }) });
    for (const token of [bound({ cnf }), opaque])
      expect((await behindProxy({ ...bearer(token), 'client-cert': header })).status).toBe(200);
  });

  it.each([
    ['no header', undefined],
    ['another certificate', `:${randomBytes(600).toString('base64')}:`],
    ['an empty header', ''],
    ['an empty sequence', '::'],
    ['a header without colons', header.slice(1, -1)],
    ['two certificates', `${header}, ${header}`],
    ['parameters', `${header};a=1`],
    ['PEM', '-----BEGIN CERTIFICATE-----'],
  ])('is refused for %s', async (_what, value) => {
    const headers = { ...bearer(bound({ cnf })), ...(value === undefined ? {} : { 'client-cert': value }) };
    expect(await behindProxy(headers)).toEqual(refused);
  });

  it('is checked each time, though the token is remembered', async () => {
    const token = bound({ cnf });
    expect((await behindProxy({ ...bearer(token), 'client-cert': header })).status).toBe(200);
    expect(await behindProxy(bearer(token))).toEqual(refused);
  });

  it('needs its proof too when it is bound to a key as well', async () => {
    const token = bound({ cnf: { ...cnf, jkt: client.thumbprint } });
    const proof = (): Record<string, string> => client.headers(token, PLACE);
    expect((await behindProxy({ ...proof(), 'client-cert': header })).status).toBe(200);
    expect((await behindProxy(proof())).status).toBe(401);
    expect(await behindProxy({ ...bearer(token), 'client-cert': header })).toMatchObject(
      refusal('invalid_token'),
    );
  });
});

describe('the log', () => {
  it('tells why a proof was refused, and nothing of the proof or the token', async () => {
    const token = bound({ sub: 'CANARY' });
    const headers = client.headers(token, PLACE, { jti: 'CANARY' });
    await call(headers);
    logger.lines.length = 0;
    await call(headers);
    const log = logger.lines.join('\n');
    expect(log).toContain('"reason":"The DPoP proof was used before"');
    for (const secret of ['CANARY', ...token.split('.').slice(1), ...headers['dpop']!.split('.')])
      expect(log).not.toContain(secret);
  });
});
