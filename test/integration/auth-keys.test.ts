import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OutboundJson } from '../../src/auth/outbound-json.js';
import { TokenEndpoints } from '../../src/auth/token-endpoints.js';
import { TokenVerifier } from '../../src/auth/token-verifier.js';
import type { Issuer } from '../../src/environment/environment.js';
import type { AppError } from '../../src/shared/app-error.js';
import { reply, TestIssuer } from '../support/tokens-issuer.js';
import { makeKey } from '../support/tokens.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

Logger.overrideLogger(false);

let issuer: TestIssuer;
let http: OutboundJson;
let elapsed: number;

beforeEach(async () => {
  issuer = await TestIssuer.start();
  http = new OutboundJson(false, []);
  elapsed = 0;
});

afterEach(async () => {
  await http.close();
  await issuer.stop();
});

const verifierFor = (settings: Issuer = issuer.settings()): TokenVerifier =>
  new TokenVerifier([settings], http, () => Date.now() + elapsed);

/** A token that is good for days of made-up time. */
const lasting = (...[claims, header, key]: Parameters<TestIssuer['mint']>): string =>
  issuer.mint(
    { exp: Math.floor(Date.now() / SECOND) + 100 * 3_600, jti: randomUUID(), ...claims },
    header,
    key,
  );

async function codeFor(verifier: TokenVerifier, token: string): Promise<string> {
  try {
    await verifier.verify(token);
    return 'accepted';
  } catch (error) {
    return (error as AppError).code;
  }
}

/** Resolves when the condition holds; what is awaited happens over real sockets. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('the keys of an issuer', () => {
  it('are fetched once, by all requests of a cold start together', async () => {
    const verifier = verifierFor();
    const codes = await Promise.all(Array.from({ length: 50 }, () => codeFor(verifier, lasting())));
    expect(new Set(codes)).toEqual(new Set(['accepted']));
    expect(issuer.jwksFetches).toBe(1);
  });

  it('rotate with an overlap', async () => {
    const verifier = verifierFor();
    const next = await makeKey('ES256', 'next');
    expect(await codeFor(verifier, lasting())).toBe('accepted');
    issuer.published = [issuer.key.jwk, next.jwk];
    expect(await codeFor(verifier, lasting({}, {}, next))).toBe('accepted');
    expect(await codeFor(verifier, lasting())).toBe('accepted');
    expect(issuer.jwksFetches).toBe(2);
  });

  it('rotate without an overlap', async () => {
    const verifier = verifierFor();
    const next = await makeKey('EdDSA', 'next');
    expect(await codeFor(verifier, lasting())).toBe('accepted');
    issuer.published = [next.jwk];
    expect(await codeFor(verifier, lasting({}, {}, next))).toBe('accepted');
    expect(await codeFor(verifier, lasting())).toBe('token-invalid');
  });

  it('forget a removed key within ten minutes, with every token that it signed', async () => {
    const verifier = verifierFor();
    const remembered = lasting();
    expect(await codeFor(verifier, remembered)).toBe('accepted');
    issuer.published = [(await makeKey('ES256', 'next')).jwk];
    expect(await codeFor(verifier, remembered)).toBe('accepted');
    elapsed = 10 * MINUTE;
    expect(await codeFor(verifier, remembered)).toBe('token-invalid');
    expect(await codeFor(verifier, lasting())).toBe('token-invalid');
  });

  it('are replaced under the same kid', async () => {
    const verifier = verifierFor();
    const remembered = lasting();
    expect(await codeFor(verifier, remembered)).toBe('accepted');
    const impostor = await makeKey('ES256', issuer.key.kid);
    issuer.published = [impostor.jwk];
    elapsed = 10 * MINUTE;
    expect(await codeFor(verifier, remembered)).toBe('token-invalid');
    expect(await codeFor(verifier, lasting({}, {}, impostor))).toBe('accepted');
  });

  it('are fetched again ahead of time, without anyone waiting', async () => {
    const verifier = verifierFor();
    const remembered = lasting();
    await verifier.verify(remembered);
    elapsed = 9 * MINUTE;
    expect(await codeFor(verifier, remembered)).toBe('accepted');
    await until(() => issuer.jwksFetches === 2);
  });

  it('cost one more fetch for thirty random kids, and valid tokens nothing', async () => {
    const verifier = verifierFor();
    await verifier.verify(lasting());
    const random = Array.from({ length: 30 }, () => codeFor(verifier, lasting({}, { kid: randomUUID() })));
    const valid = Array.from({ length: 30 }, () => codeFor(verifier, lasting()));
    expect(new Set(await Promise.all(random))).toEqual(new Set(['token-invalid']));
    expect(new Set(await Promise.all(valid))).toEqual(new Set(['accepted']));
    for (let index = 0; index < 30; index += 1) await codeFor(verifier, lasting({}, { kid: randomUUID() }));
    expect(issuer.jwksFetches).toBe(2);
    elapsed = 31 * SECOND;
    await codeFor(verifier, lasting({}, { kid: randomUUID() }));
    await codeFor(verifier, lasting({}, { kid: randomUUID() }));
    expect(issuer.jwksFetches).toBe(3);
  });

  it('serve for a day while the endpoint is down, then nothing is accepted', async () => {
    const verifier = verifierFor();
    const remembered = lasting();
    await verifier.verify(remembered);
    issuer.misbehaviour = (request) => request.socket.destroy();
    for (const time of [15 * MINUTE, HOUR, 23 * HOUR]) {
      elapsed = time;
      expect(await codeFor(verifier, remembered)).toBe('accepted');
      expect(await codeFor(verifier, lasting())).toBe('accepted');
    }
    elapsed = 25 * HOUR;
    expect(await codeFor(verifier, remembered)).toBe('unavailable');
    expect(await codeFor(verifier, lasting())).toBe('unavailable');
  });

  it('take up again after a quarter of an hour, with the keys that came meanwhile', async () => {
    const verifier = verifierFor();
    await verifier.verify(lasting());
    issuer.misbehaviour = (request) => request.socket.destroy();
    elapsed = 15 * MINUTE;
    expect(await codeFor(verifier, lasting())).toBe('accepted');
    const next = await makeKey('ES256', 'next');
    issuer.published = [next.jwk];
    issuer.misbehaviour = undefined;
    elapsed += 31 * SECOND;
    expect(await codeFor(verifier, lasting({}, {}, next))).toBe('accepted');
    expect(await codeFor(verifier, lasting())).toBe('token-invalid');
  });

  it('cost valid tokens no time while a slow endpoint is asked again, for its age or for unknown kids', async () => {
    const verifier = verifierFor(issuer.settings({ jwksUri: `${issuer.url}/jwks` }));
    const remembered = lasting();
    await verifier.verify(remembered);
    issuer.misbehaviour = () => undefined;
    elapsed = 9 * MINUTE;
    const unknown = Array.from({ length: 30 }, () => codeFor(verifier, lasting({}, { kid: randomUUID() })));
    const started = performance.now();
    const valid = [remembered, ...Array.from({ length: 30 }, () => lasting())];
    const codes = await Promise.all(valid.map((token) => codeFor(verifier, token)));
    expect(new Set(codes)).toEqual(new Set(['accepted']));
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(new Set(await Promise.all(unknown))).toEqual(new Set(['unavailable']));
    expect(issuer.jwksFetches).toBe(2);
  });

  it('are asked for twice a minute at most while the endpoint is down', async () => {
    const verifier = verifierFor();
    await verifier.verify(lasting());
    issuer.asked.length = 0;
    issuer.misbehaviour = (_request, response) => response.writeHead(500).end();
    for (let second = 0; second < 120; second += 5) {
      elapsed = 15 * MINUTE + second * SECOND;
      expect(await codeFor(verifier, lasting())).toBe('accepted');
    }
    const attempts = issuer.asked.filter((path) => path.includes('jwks') || path.includes('oauth')).length;
    expect(attempts).toBeGreaterThanOrEqual(3);
    expect(attempts).toBeLessThanOrEqual(5);
  });

  it('leave an unknown kid undecided while the endpoint is down', async () => {
    const verifier = verifierFor(issuer.settings({ jwksUri: `${issuer.url}/jwks` }));
    await verifier.verify(lasting());
    issuer.misbehaviour = (request) => request.socket.destroy();
    expect(await codeFor(verifier, lasting({}, { kid: 'unknown' }))).toBe('unavailable');
    expect(await codeFor(verifier, lasting({}, { kid: 'other' }))).toBe('unavailable');
    expect(await codeFor(verifier, lasting())).toBe('accepted');
    issuer.misbehaviour = undefined;
    elapsed = 31 * SECOND;
    expect(await codeFor(verifier, lasting({}, { kid: 'unknown' }))).toBe('token-invalid');
  });

  it('are unavailable, never invalid, when they were never had, and recover within seconds', async () => {
    const verifier = verifierFor();
    issuer.misbehaviour = (request) => request.socket.destroy();
    expect(await codeFor(verifier, lasting())).toBe('unavailable');
    issuer.misbehaviour = undefined;
    expect(await codeFor(verifier, lasting())).toBe('unavailable');
    elapsed = 2 * SECOND;
    expect(await codeFor(verifier, lasting())).toBe('accepted');
  });

  it.each([
    ['that is slow to answer', 'never'],
    ['that is slow in the body', 'half'],
    ['that answers drop by drop', 'drops'],
  ])('are given up after three seconds on an endpoint %s', async (_what, how) => {
    issuer.misbehaviour = (_request, response) => {
      if (how !== 'never') response.writeHead(200).write('{"keys":[');
      if (how !== 'drops') return;
      const drops = setInterval(() => response.write(' '), 100);
      response.on('close', () => {
        clearInterval(drops);
      });
    };
    const started = performance.now();
    const codes = await Promise.all(
      [1, 2].map(() => codeFor(verifierFor(issuer.settings({ jwksUri: `${issuer.url}/jwks` })), lasting())),
    );
    expect(codes).toEqual(['unavailable', 'unavailable']);
    expect(performance.now() - started).toBeLessThan(4_500);
  });

  const jwks = (): object => ({ keys: [issuer.key.jwk] });
  it.each<[string, TestIssuer['misbehaviour']]>([
    [
      'redirects',
      (_request, response) => response.writeHead(302, { location: `${issuer.url}/elsewhere` }).end(),
    ],
    [
      'are over the size',
      (_request, response) => {
        reply(response, { ...jwks(), padding: 'x'.repeat(600_000) });
      },
    ],
    ['are not JSON', (_request, response) => response.writeHead(200).end('<html>')],
    [
      'are not a key set',
      (_request, response) => {
        reply(response, { keys: {} });
      },
    ],
    [
      'are null',
      (_request, response) => {
        reply(response, null);
      },
    ],
    [
      'are too many',
      (_request, response) => {
        reply(response, { keys: new Array<unknown>(101).fill(issuer.key.jwk) });
      },
    ],
    ['come with another status', (_request, response) => response.writeHead(203).end(JSON.stringify(jwks()))],
  ])('are not taken from answers that %s', async (_what, misbehaviour) => {
    const answer = misbehaviour;
    issuer.misbehaviour = (request, response) => {
      if (request.url === '/elsewhere') reply(response, jwks());
      else answer?.(request, response);
    };
    const verifier = verifierFor(issuer.settings({ jwksUri: `${issuer.url}/jwks` }));
    expect(await codeFor(verifier, lasting())).toBe('unavailable');
    expect(issuer.asked).not.toContain('/elsewhere');
  });
});

describe('the metadata of an issuer', () => {
  it('is taken from OpenID Connect Discovery when RFC 8414 has none', async () => {
    issuer.misbehaviour = (request, response) => {
      if (request.url === '/jwks') reply(response, { keys: issuer.published });
      else if (request.url === '/.well-known/openid-configuration') reply(response, issuer.metadata);
      else response.writeHead(404).end();
    };
    expect(await codeFor(verifierFor(), lasting())).toBe('accepted');
  });

  it('is asked for between host and path by RFC 8414, and behind the path by OpenID Connect', async () => {
    const settings = issuer.settings({ issuer: `${issuer.url}/realms/acme` });
    await codeFor(verifierFor(settings), lasting({ iss: settings.issuer }));
    expect(issuer.asked).toEqual([
      '/.well-known/oauth-authorization-server/realms/acme',
      '/realms/acme/.well-known/openid-configuration',
    ]);
  });

  it.each([
    ['names another issuer', { issuer: 'https://evil.example' }],
    ['names no JWKS', { jwks_uri: undefined }],
    ['names a JWKS that is no URL', { jwks_uri: 'file:///etc/passwd' }],
  ])('is not believed when it %s', async (_what, members) => {
    issuer.metadata = { ...issuer.metadata, ...members };
    expect(await codeFor(verifierFor(), lasting())).toBe('unavailable');
    expect(issuer.jwksFetches).toBe(0);
  });

  it('may in production not lead to a private address that was not configured', async () => {
    const elsewhere = await TestIssuer.start();
    const strict = new OutboundJson(true, [issuer.url]);
    const port = new URL(elsewhere.url).port;
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])
      for (const scheme of ['http', 'https']) {
        issuer.metadata = { ...issuer.metadata, jwks_uri: `${scheme}://${host}:${port}/jwks` };
        const verifier = new TokenVerifier([issuer.settings()], strict);
        expect(await codeFor(verifier, lasting())).toBe('unavailable');
      }
    expect(elsewhere.connections).toBe(0);
    issuer.metadata = { ...issuer.metadata, jwks_uri: `${issuer.url}/jwks` };
    expect(await codeFor(new TokenVerifier([issuer.settings()], strict), lasting())).toBe('accepted');
    await strict.close();
    await elsewhere.stop();
  });

  it('names the token endpoint, or nothing when it cannot be had', async () => {
    const endpoints = new TokenEndpoints(http);
    expect(await endpoints.discover(issuer.settings())).toBe(`${issuer.url}/token`);
    issuer.misbehaviour = (request) => request.socket.destroy();
    expect(await endpoints.discover(issuer.settings())).toBeUndefined();
  });
});

describe('remembered tokens', () => {
  it('are never accepted past their expiry', async () => {
    const verifier = verifierFor();
    const token = issuer.mint({ exp: Math.floor(Date.now() / SECOND) + 60 });
    expect(await codeFor(verifier, token)).toBe('accepted');
    elapsed = 85 * SECOND;
    expect(await codeFor(verifier, token)).toBe('accepted');
    elapsed = 92 * SECOND;
    expect(await codeFor(verifier, token)).toBe('token-invalid');
  });
});
