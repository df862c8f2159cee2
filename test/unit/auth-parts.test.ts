import { describe, expect, it } from '@jest/globals';
import { AuthError } from '../../src/auth/auth-error.js';
import { ClientCertificates } from '../../src/auth/client-certificates.js';
import { claimAt, clientOf, scopesOf, tenantOf } from '../../src/auth/claims.js';
import { ExpiringCache } from '../../src/auth/expiring-cache.js';
import { FailedAuthentications } from '../../src/auth/failed-authentications.js';
import { readKeySet } from '../../src/auth/key-set.js';
import { presentedToken, schemeOf, type TokenRequest } from '../../src/auth/presented-token.js';
import { isPrivateLiteral, isPublicAddress, lookupPublicOnly } from '../../src/auth/public-address.js';
import { tokenChallenge } from '../../src/auth/token-challenge.js';
import { TrustedIssuer } from '../../src/auth/trusted-issuer.js';
import { AppError } from '../../src/shared/app-error.js';
import { makeKey } from '../support/tokens.js';

describe('a challenge', () => {
  const insufficient = {
    error: 'insufficient_scope',
    description: 'A scope is lacking',
    scopes: ['challenge:get', 'challenge:post'],
  } as const;

  it('carries the error, its description and the scopes', () => {
    expect(tokenChallenge({ scheme: 'Bearer', ...insufficient })).toBe(
      'Bearer realm="acs", error="insufficient_scope", error_description="A scope is lacking", scope="challenge:get challenge:post"',
    );
  });

  it('names what a proof may be signed with', () => {
    expect(tokenChallenge({ scheme: 'DPoP', ...insufficient })).toBe(
      'DPoP realm="acs", error="insufficient_scope", error_description="A scope is lacking", scope="challenge:get challenge:post", algs="ES256 ES384 EdDSA Ed25519 PS256 RS256"',
    );
  });

  it('lets nothing out of its quotes', () => {
    const challenge = tokenChallenge({
      scheme: 'Bearer',
      error: 'invalid_token',
      description: 'a"b\\c\r\nX-Injected: 1\u0000é',
      scopes: ['"', '\n'],
    });
    expect(challenge).toBe(
      `Bearer realm="acs", error="invalid_token", error_description="a'b?c??X-Injected: 1??", scope="' ?"`,
    );
  });
});

describe('the access token of a request', () => {
  const request = (...authorization: string[]): TokenRequest => ({
    headers: authorization[0] === undefined ? {} : { authorization: authorization[0] },
    raw: { rawHeaders: ['Host', 'x', ...authorization.flatMap((value) => ['Authorization', value])] },
  });

  it.each([
    ['Bearer a.b-c_d~e+f/g==', 'Bearer'],
    ['bearer a.b-c_d~e+f/g==', 'Bearer'],
    ['BEARER   a.b-c_d~e+f/g==', 'Bearer'],
    ['DPoP a.b-c_d~e+f/g==', 'DPoP'],
    ['dpop a.b-c_d~e+f/g==', 'DPoP'],
  ])('is read from %j', (header, scheme) => {
    expect(presentedToken(request(header))).toBe('a.b-c_d~e+f/g==');
    expect(schemeOf(request(header))).toBe(scheme);
  });

  it.each([
    ['token-missing', []],
    ['token-missing', ['']],
    ['token-missing', ['Bearer']],
    ['token-missing', ['Bearer ']],
    ['token-missing', ['DPoP']],
    ['token-missing', ['DPoPX a']],
    ['token-missing', ['Basic YTpi']],
    ['token-missing', ['token']],
    ['token-invalid', ['Bearer a b']],
    ['token-invalid', ['Bearer a, Bearer b']],
    ['token-invalid', ['Bearer a"b']],
    ['token-invalid', ['Bearer a=b']],
    ['token-invalid', ['Bearer é']],
    ['token-invalid', ['Bearer a', 'Bearer a']],
    ['token-invalid', ['Bearer a', 'DPoP a']],
    ['token-invalid', ['DPoP a b']],
    ['token-invalid', ['Bearer a', 'Basic YTpi']],
  ])('is %s for %j', (code, headers) => {
    expect(() => presentedToken(request(...headers))).toThrow(expect.objectContaining({ code }));
  });
});

describe('a client certificate', () => {
  const certificates = new ClientCertificates([
    '10.1.0.0/16',
    '192.0.2.7',
    'fd00:1::/32',
    '::ffff:192.0.2.9',
  ]);
  const shown = (remoteAddress: string | undefined, ...headers: string[]): boolean =>
    certificates.thumbprint({
      headers: headers[0] === undefined ? {} : { 'client-cert': headers[0] },
      raw: { rawHeaders: headers.flatMap((value) => ['Client-Cert', value]), socket: { remoteAddress } },
    }) !== undefined;

  it.each(['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', '::ffff:192.0.2.9', 'fd00:1::5'])(
    'is taken of the trusted proxy %s',
    (address) => {
      expect(shown(address, ':AAAA:')).toBe(true);
    },
  );

  it.each(['10.2.0.1', '192.0.2.8', '127.0.0.1', '::1', 'fd00:2::5', 'x', '', undefined])(
    'is not taken of %s',
    (address) => {
      expect(shown(address, ':AAAA:')).toBe(false);
    },
  );

  it('is one, as a byte sequence', () => {
    expect(shown('10.1.2.3')).toBe(false);
    for (const headers of [
      [''],
      ['::'],
      ['AAAA'],
      [':AAAA:;a'],
      [':AAAA:, :AAAA:'],
      [':A A:'],
      [':AAAA:', ':AAAA:'],
    ])
      expect(shown('10.1.2.3', ...headers)).toBe(false);
  });

  it("is nobody's when no proxy is trusted", () => {
    const none = new ClientCertificates([]);
    const raw = { rawHeaders: ['Client-Cert', ':AAAA:'], socket: { remoteAddress: '127.0.0.1' } };
    expect(none.thumbprint({ headers: { 'client-cert': ':AAAA:' }, raw })).toBeUndefined();
  });
});

describe('claims', () => {
  it('are found by name, or by a path of names, in own members alone', () => {
    const claims = {
      'https://acme.example/tenant': 'a',
      realm: { tenant: { id: 'b' } },
      list: ['c'],
      'x.y': 'd',
      x: { y: 'e' },
    };
    expect(claimAt(claims, 'https://acme.example/tenant')).toBe('a');
    expect(claimAt(claims, 'realm.tenant.id')).toBe('b');
    expect(claimAt(claims, 'x.y')).toBe('d');
    for (const path of [
      'list.0',
      'list.length',
      'realm.constructor.name',
      'realm.tenant.id.length',
      'none',
      'none.at.all',
    ])
      expect(claimAt(claims, path)).toBeUndefined();
  });

  it.each([
    [{ scope: 'a b  c' }, undefined, ['a', 'b', 'c']],
    [{ scope: ['a', 'b c', 7, null] }, undefined, ['a', 'b c']],
    [{ scp: ['a', 'b'] }, undefined, ['a', 'b']],
    [{ scp: 'a b' }, undefined, ['a', 'b']],
    [{ scope: 'a', scp: ['b'] }, undefined, ['a']],
    [{ scope: 'a', permissions: ['b'] }, 'permissions', ['b']],
    [{ scope: 'a', realm: { roles: ['b'] } }, 'realm.roles', ['b']],
    [{ scope: 'a' }, 'permissions', []],
    [{ scope: { a: true } }, undefined, []],
    [
      { 'urn:x:roles': { a: { acme: 'acme.example' }, b: { other: 'x' }, c: {}, d: 'acme' } },
      'urn:x:roles',
      ['a'],
    ],
    [{ 'urn:x:roles': { a: ['acme'], b: { constructor: 'x' } } }, 'urn:x:roles', []],
    [{ scope: 'a\tb' }, undefined, ['a\tb']],
    [{}, undefined, []],
  ])('%j with the scope claim %j give the scopes %j', (claims, scopeClaim, scopes) => {
    expect([...scopesOf(claims, scopeClaim, 'acme')]).toEqual(scopes);
  });

  it('name a tenant as a text, or alone in a list', () => {
    const claim = 'urn:zitadel:iam:user:resourceowner:id';
    expect(tenantOf({ [claim]: '3128' }, claim)).toBe('3128');
    expect(tenantOf({ organization: ['acme'] }, 'organization')).toBe('acme');
    expect(tenantOf({ organization: ['acme', 'globex'] }, 'organization')).toEqual(['acme', 'globex']);
    expect(tenantOf({ 'org.id': 'exact', org: { id: 'path' } }, 'org.id')).toBe('exact');
    expect(tenantOf({ org: { id: 'path' } }, 'org.id')).toBe('path');
  });

  it('name the client by client_id, azp, cid, appid or sub', () => {
    expect(clientOf({ cid: 'a', sub: 'b' })).toBe('a');
    expect(clientOf({ appid: 'a', sub: 'b' })).toBe('a');
    expect(clientOf({ client_id: 'a', azp: 'b', sub: 'c' })).toBe('a');
    expect(clientOf({ azp: 'b', sub: 'c' })).toBe('b');
    expect(clientOf({ client_id: 7, sub: 'c' })).toBe('c');
    for (const sub of ['', 'a\u0000', 'a\nb', '\ud800', 'x'.repeat(256), ['c'], undefined])
      expect(clientOf({ sub })).toBeUndefined();
  });
});

describe('the tenants of an issuer', () => {
  const issuer = new TrustedIssuer({
    issuer: 'https://login.example',
    audience: ['acs'],
    algorithms: ['ES256'],
    typ: ['at+jwt'],
    tenantClaim: 'tenant',
    tenants: ['acme', 'eu-*', 'a.b', '*|x*y'],
  });
  const tenantOf = (tenant: unknown): string => issuer.callerOf({ sub: 'shop', tenant }).tenant;

  it.each(['acme', 'eu-', 'eu-1', 'eu-a.b:c@d|e_f', 'a.b', 'p|xqy'])('take in %s', (tenant) => {
    expect(tenantOf(tenant)).toBe(tenant);
  });

  it.each([
    ['of another issuer', 'other'],
    ['with a longer name', 'acme2'],
    ['with a name before', 'xacme'],
    ['in another case', 'ACME'],
    ['by a dot that is any character', 'aXb'],
    ['on a second line', 'acme\n'],
    ['after a line break', 'eu-\nx'],
    ['with a space', 'eu- x'],
    ['with a slash', 'eu-/x'],
    ['over 128 characters', `eu-${'x'.repeat(126)}`],
    ['without a name', ''],
    ['as a number', 7],
    ['as a list of two', ['acme', 'eu-1']],
    ['as an object', { toString: 'acme' }],
    ['as true', true],
    ['as null', null],
    ['that is absent', undefined],
  ])('leave out one %s', (_how, tenant) => {
    expect(() => tenantOf(tenant)).toThrow(expect.objectContaining({ code: 'tenant-missing' }));
  });
});

describe('a key set', () => {
  it('holds public keys of a safe size alone', async () => {
    const [ec, okp, rsa, weak] = await Promise.all([
      makeKey('ES256', 'ec'),
      makeKey('EdDSA', 'okp'),
      makeKey('RS256', 'rsa'),
      makeKey('RS256', 'weak', 2_040),
    ]);
    const secrets = [
      { kty: 'oct', k: 'c2VjcmV0', kid: 'oct' },
      { ...ec.privateKey.export({ format: 'jwk' }), kid: 'private' },
    ];
    const { find } = readKeySet({
      keys: [ec.jwk, okp.jwk, rsa.jwk, weak.jwk, ...secrets, { kty: 'AKP' }, {}, null, 7],
    });
    expect(find.jwks().keys.map(({ kid }) => kid)).toEqual(['ec', 'okp', 'rsa']);
  });

  it('has another fingerprint when a key changes under its kid', async () => {
    const [one, two] = await Promise.all([makeKey('ES256', 'same'), makeKey('ES256', 'same')]);
    const fingerprint = (jwk: object): string => readKeySet({ keys: [jwk] }).fingerprint;
    expect(fingerprint(one.jwk)).toBe(fingerprint({ ...one.jwk }));
    expect(fingerprint(one.jwk)).not.toBe(fingerprint(two.jwk));
  });
});

describe('a cache of what expires', () => {
  it('forgets at the given time', () => {
    const cache = new ExpiringCache<string>(2);
    cache.set('a', 'A', 1_000);
    expect(cache.get('a', 999)).toBe('A');
    expect(cache.get('a', 1_000)).toBeUndefined();
    expect(cache.get('a', 0)).toBeUndefined();
  });

  it('gives up the least recently used entry when it is full', () => {
    const cache = new ExpiringCache<string>(2);
    cache.set('a', 'A', 1_000);
    cache.set('b', 'B', 1_000);
    cache.get('a', 0);
    cache.set('c', 'C', 1_000);
    expect(['a', 'b', 'c'].map((key) => cache.get(key, 0))).toEqual(['A', undefined, 'C']);
  });
});

describe('failed authentications', () => {
  const fail = (failures: FailedAuthentications, address: string, times: number, now: number): void => {
    for (let time = 0; time < times; time += 1) failures.record(address, now);
  };
  const refusal = (failures: FailedAuthentications, address: string, now: number): AppError | undefined => {
    try {
      failures.refuseIfExhausted(address, now);
      return undefined;
    } catch (error) {
      return error as AppError;
    }
  };

  it('are a hundred a minute and address, then it is refused for the rest of the minute', () => {
    const failures = new FailedAuthentications();
    fail(failures, '192.0.2.1', 99, 0);
    expect(refusal(failures, '192.0.2.1', 0)).toBeUndefined();
    fail(failures, '192.0.2.1', 1, 30_500);
    const refused = refusal(failures, '192.0.2.1', 30_500);
    expect(refused).toBeInstanceOf(AppError);
    expect(refused).toMatchObject({ code: 'rate-limited', details: { retryAfterSeconds: 30 } });
    expect(refusal(failures, '192.0.2.2', 30_500)).toBeUndefined();
    expect(refusal(failures, '192.0.2.1', 60_000)).toBeUndefined();
  });

  it('count an IPv6 network as one, and a mapped IPv4 address as itself', () => {
    const failures = new FailedAuthentications();
    fail(failures, '2001:db8:0:1::1', 50, 0);
    fail(failures, '2001:db8:0:1:ffff::2', 50, 0);
    expect(refusal(failures, '2001:db8:0:1::3', 0)).toBeDefined();
    expect(refusal(failures, '2001:db8:0:2::3', 0)).toBeUndefined();
    fail(failures, '::ffff:192.0.2.9', 100, 0);
    expect(refusal(failures, '192.0.2.9', 0)).toBeDefined();
  });

  it('forget the oldest address rather than grow without a bound', () => {
    const failures = new FailedAuthentications();
    fail(failures, '192.0.2.1', 100, 0);
    for (let index = 0; index < 10_000; index += 1) failures.record(`10.0.${index >> 8}.${index & 255}`, 0);
    expect(refusal(failures, '192.0.2.1', 0)).toBeUndefined();
  });
});

describe('a public address', () => {
  it.each(['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'])('may be %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::',
    '::1',
    'fd00::1',
    'fe80::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'localhost',
  ])('may not be %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it('is asked of literals at once and of names when they are looked up', async () => {
    expect(['127.0.0.1', '[::1]', '[::ffff:7f00:1]'].every(isPrivateLiteral)).toBe(true);
    expect(['8.8.8.8', 'localhost', 'login.example'].some(isPrivateLiteral)).toBe(false);
    const error = await new Promise((resolve) => {
      lookupPublicOnly('localhost', {}, resolve);
    });
    expect(error).toMatchObject({ code: 'EACCES' });
  });
});

describe('a refused token', () => {
  it('is one of the closed list of problems and brings its challenge', () => {
    const error = new AuthError('token-missing', 'Send a token');
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'token-missing', kind: 'unauthenticated', message: 'Send a token' });
    expect(error.wwwAuthenticate).toBe(
      'Bearer realm="acs", error="invalid_request", error_description="Send a token"',
    );
  });
});
