import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { OutboundJson } from '../../src/auth/outbound-json.js';
import { TokenVerifier } from '../../src/auth/token-verifier.js';
import type { ClientKey, Issuer } from '../../src/environment/environment.js';
import { AuthorizationServer } from '../support/tokens-authorization-server.js';
import { reply, TestIssuer } from '../support/tokens-issuer.js';
import { makeKey, type SigningAlgorithm, type SigningKey } from '../support/tokens.js';

Logger.overrideLogger(false);

const ALGORITHMS: readonly SigningAlgorithm[] = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];

const http = new OutboundJson(false, []);
let keys: Record<string, SigningKey>;
let server: AuthorizationServer;

beforeAll(async () => {
  const made = await Promise.all(ALGORITHMS.map((alg) => makeKey(alg, `key-${alg}`)));
  keys = Object.fromEntries(made.map((key) => [`acs-${key.alg}`, key]));
  server = await AuthorizationServer.start({ keys: made, introspectors: keys });
});

afterAll(async () => {
  await server.stop();
  await http.close();
});

const clientKey = ({ privateKey, alg, kid }: SigningKey, audience: string): ClientKey => ({
  key: privateKey,
  algorithm: alg,
  keyId: kid,
  audience,
});

describe('an introspection client that signs', () => {
  const issuer = (clientId: string, privateKey: ClientKey): Issuer => ({
    ...server.settings,
    audience: ['urn:acs:api'],
    algorithms: ['ES256'],
    typ: ['at+jwt'],
    introspection: { endpoint: server.introspectionEndpoint, clientId, privateKey },
  });

  it.each(ALGORITHMS)('with %s is let in by a real authorization server, time and again', async (alg) => {
    const key = clientKey(keys[`acs-${alg}`]!, server.issuer);
    for (let time = 0; time < 2; time += 1) {
      const verifier = new TokenVerifier([issuer(`acs-${alg}`, key)], http);
      const { caller } = await verifier.verify(await server.token('opaque'));
      expect(caller).toMatchObject({ tenant: 'acme', client: 'shop', issuer: server.issuer });
      await expect(verifier.verify('unknown')).rejects.toMatchObject({ code: 'token-invalid' });
    }
  });

  it('may name the token endpoint as the audience', async () => {
    const key = clientKey(keys['acs-ES256']!, `${server.issuer}/token`);
    const { caller } = await new TokenVerifier([issuer('acs-ES256', key)], http).verify(
      await server.token('opaque'),
    );
    expect(caller.tenant).toBe('acme');
  });

  it.each([
    ['with the key of another client', () => clientKey(keys['acs-RS256']!, server.issuer)],
    ['for another audience', () => clientKey(keys['acs-ES256']!, 'https://other.example')],
  ])('is not let in %s, which leaves the token undecided', async (_how, key) => {
    const verifier = new TokenVerifier([issuer('acs-ES256', key())], http);
    await expect(verifier.verify(await server.token('opaque'))).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

describe('a client assertion', () => {
  let recorder: TestIssuer | undefined;

  afterEach(async () => {
    await recorder?.stop();
  });

  it('is for one use within a minute, and no secret goes with it', async () => {
    recorder = await TestIssuer.start();
    const forms: URLSearchParams[] = [];
    const headers: IncomingMessage['headers'][] = [];
    recorder.misbehaviour = (request, response) => {
      headers.push(request.headers);
      request.on('data', (chunk: Buffer) => forms.push(new URLSearchParams(chunk.toString())));
      request.on('end', () => {
        reply(response, { active: false });
      });
    };
    const privateKey = clientKey(keys['acs-EdDSA']!, 'https://login.example');
    const introspection = { endpoint: `${recorder.url}/introspect`, clientId: 'acs', privateKey };
    const verifier = new TokenVerifier([recorder.settings({ introspection })], http);
    for (const token of ['one', 'two']) await verifier.verify(token).catch(() => undefined);
    expect(forms.map((form) => [...form.keys()])).toEqual(
      [1, 2].map(() => [
        'token',
        'token_type_hint',
        'client_id',
        'client_assertion_type',
        'client_assertion',
      ]),
    );
    expect(forms[0]!.get('client_assertion_type')).toBe(
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    );
    for (const { authorization } of headers) expect(authorization).toBeUndefined();
    const assertions = forms.map((form) => form.get('client_assertion')!);
    expect(decodeProtectedHeader(assertions[0]!)).toEqual({ alg: 'EdDSA', typ: 'JWT', kid: 'key-EdDSA' });
    const [first, second] = assertions.map((assertion) => decodeJwt(assertion));
    expect(first).toMatchObject({ iss: 'acs', sub: 'acs', aud: 'https://login.example' });
    expect(first!.exp! - first!.iat!).toBeLessThanOrEqual(60);
    expect(first!.iat! * 1_000).toBeGreaterThan(Date.now() - 10_000);
    expect(first!.jti).toMatch(/^[0-9a-f-]{36}$/);
    expect(first!.jti).not.toBe(second!.jti);
  });
});
