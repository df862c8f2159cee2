import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadApiEnvironment } from '../../src/environment/api-environment.js';
import { findingsOf, GOOD_API, ISSUER, RANDOM_KEY } from '../support/tokens-environment.js';

const introspection = {
  endpoint: 'https://login.example/introspect',
  clientId: 'acs',
  clientSecret: 's3cret',
};

function findingsFor(issuers: unknown, production = false): string[] {
  return findingsOf(loadApiEnvironment, {
    ...GOOD_API,
    AUTH_ISSUERS: JSON.stringify(issuers),
    NODE_ENV: production ? 'production' : 'test',
  });
}

describe('an issuer', () => {
  it('is read with safe defaults', () => {
    expect(loadApiEnvironment(GOOD_API).issuers).toEqual([
      {
        issuer: ISSUER.issuer,
        audience: ['https://acs.example'],
        algorithms: ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'],
        typ: ['at+jwt'],
        tenantClaim: 'tenant_id',
        tenants: ['acme', 'eu-*'],
      },
    ]);
  });

  it('is read with everything set', () => {
    const full = {
      ...ISSUER,
      audience: ['a', 'b'],
      jwksUri: 'https://login.example/jwks',
      algorithms: ['ES512'],
      typ: ['JWT', null],
      tenantClaim: 'https://acme.example/tenant',
      scopeClaim: 'permissions',
      sharesTenantsWith: [ISSUER.issuer],
      introspection,
    };
    const [issuer] = loadApiEnvironment({ ...GOOD_API, AUTH_ISSUERS: JSON.stringify([full]) }).issuers;
    expect(issuer).toEqual(full);
  });

  it.each([
    ['issuer', undefined],
    ['issuer', ''],
    ['issuer', 'login.example'],
    ['issuer', 'https://login.example/?tenant=a'],
    ['issuer', 'https://login.example/#x'],
    ['issuer', 'https://login.example '],
    ['issuer', 'urn:login'],
    ['audience', undefined],
    ['audience', ''],
    ['audience', []],
    ['audience', ['a', '']],
    ['audience', ['a', 'a']],
    ['audience', 7],
    ['tenantClaim', undefined],
    ['tenantClaim', ''],
    ['scopeClaim', ''],
    ['tenants', undefined],
    ['tenants', []],
    ['tenants', 'acme'],
    ['tenants', ['ac me']],
    ['tenants', ['-acme']],
    ['tenants', ['a'.repeat(129)]],
    ['algorithms', []],
    ['algorithms', ['none']],
    ['algorithms', ['HS256']],
    ['algorithms', ['RS256', 'HS512']],
    ['algorithms', ['rs256']],
    ['typ', []],
    ['typ', 'JWT'],
    ['typ', ['JWT', null, 'JWT']],
    ['typ', [null, 7]],
    ['sharesTenantsWith', []],
    ['sharesTenantsWith', 'https://other.example'],
    ['jwksUri', 'login.example/jwks'],
    ['jwksUri', 'file:///etc/jwks'],
    ['introspection', 'https://login.example/introspect'],
    ['introspection', { ...introspection, endpoint: undefined }],
    ['introspection', { ...introspection, clientSecret: '' }],
    ['introspection', { ...introspection, scope: 'x' }],
    ['clientId', 'acs'],
    ['jwks_uri', 'https://login.example/jwks'],
  ])('is refused for its %s: %j', (member, value) => {
    const findings = findingsFor([{ ...ISSUER, [member]: value }]);
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) expect(finding).toMatch(/^AUTH_ISSUERS issuer 1 /);
    expect(findings.join()).toContain(`"${member}"`);
  });

  it('may be any URI when its keys need no discovery', () => {
    expect(
      findingsFor([{ ...ISSUER, issuer: 'urn:acme:billing', jwksUri: 'https://billing.example/jwks' }]),
    ).toEqual([]);
  });

  it('reports every fault of every issuer and none of their values', () => {
    const canary = 'CANARY value';
    const broken = {
      issuer: canary,
      audience: [canary, canary],
      tenants: [canary],
      algorithms: [canary],
      jwksUri: canary,
      introspection: { endpoint: canary, clientId: ' ', clientSecret: '' },
    };
    const findings = findingsFor([broken, canary]);
    expect(findings.filter((finding) => finding.includes('issuer 1 ')).length).toBeGreaterThanOrEqual(9);
    expect(findings).toContain('AUTH_ISSUERS issuer 2 must be a JSON object');
    expect(findings.join()).not.toContain('CANARY');
  });

  it('is refused in production wherever it is plain http, on loopback too', () => {
    const plain = {
      ...ISSUER,
      issuer: 'http://localhost:4000',
      jwksUri: 'http://127.0.0.1/jwks',
      introspection: { ...introspection, endpoint: 'http://login.internal/introspect' },
    };
    expect(findingsFor([plain])).toEqual([]);
    expect(findingsFor([plain], true).map((finding) => /"\w+"(?: "\w+")?/.exec(finding)?.[0])).toEqual([
      '"jwksUri"',
      '"issuer"',
      '"introspection" "endpoint"',
    ]);
  });

  it('may not share its client secret with the key ring in production', () => {
    const shared = { ...ISSUER, introspection: { ...introspection, clientSecret: RANDOM_KEY } };
    expect(findingsFor([shared], true)).toEqual([
      expect.stringMatching(/^AUTH_ISSUERS holds a key of SECRET_KEYS/),
    ]);
  });
});

describe('the list of issuers', () => {
  it.each([[{}], [[]], [null], ['x'], [7]])('is refused when it is %j', (value) => {
    expect(findingsFor(value)).toEqual(['AUTH_ISSUERS must be a JSON array of one issuer or more']);
  });

  it('may not have one issuer twice', () => {
    expect(findingsFor([ISSUER, { ...ISSUER, tenants: ['other'] }])).toEqual([
      expect.stringContaining('issuer 2 has the "issuer" of an earlier one'),
    ]);
  });

  const other = { ...ISSUER, issuer: 'https://other.example' };

  it.each([
    [['acme'], ['x', 'acme']],
    [['eu-*'], ['eu-1']],
    [['eu-1'], ['eu-*']],
    [['eu-*'], ['eu-*']],
    [['eu-*'], ['*']],
    [['*'], ['*']],
    [['eu-*'], ['*-1']],
    [['eu-*-a'], ['eu-b-*']],
    [['a*b*c'], ['*abc']],
    [['a**b'], ['ab']],
    [['a*'], ['a']],
  ])('may not give a tenant of %j to a second issuer with %j', (tenants, others) => {
    expect(
      findingsFor([
        { ...ISSUER, tenants },
        { ...other, tenants: others },
      ]),
    ).toEqual([expect.stringContaining('issuer 2 has "tenants" that issuer 1 may speak for too')]);
  });

  it.each([
    [['acme'], ['acme2', 'xacme', 'ACME']],
    [['eu-*'], ['eu', 'us-*', 'eu.1']],
    [['eu-*'], ['us-*']],
    [['*-a'], ['*-b']],
    [['a*b'], ['a']],
    [['a*b*c'], ['a*d']],
  ])('may give %j to one issuer and %j to another', (tenants, others) => {
    expect(
      findingsFor([
        { ...ISSUER, tenants },
        { ...other, tenants: others },
      ]),
    ).toEqual([]);
  });

  it('may give one tenant to two issuers where either of them says so, and to no third', () => {
    const shares = (issuer: object, ...names: string[]): object => ({ ...issuer, sharesTenantsWith: names });
    const third = { ...ISSUER, issuer: 'https://third.example', tenants: ['acme'] };
    expect(findingsFor([ISSUER, shares(other, ISSUER.issuer)])).toEqual([]);
    expect(findingsFor([shares(ISSUER, other.issuer), other])).toEqual([]);
    expect(findingsFor([ISSUER, shares(other, ISSUER.issuer), third])).toEqual([
      expect.stringContaining('issuer 3 has "tenants" that issuer 1 may speak for too'),
      expect.stringContaining('issuer 3 has "tenants" that issuer 2 may speak for too'),
    ]);
    expect(findingsFor([ISSUER, shares({ ...other, tenants: ['x'] }, 'https://absent.example')])).toEqual([
      expect.stringContaining('issuer 2 has a "sharesTenantsWith" that names no "issuer" of the list'),
    ]);
  });
});

describe('the key of an introspection client', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acs-'));

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const file = (content: string): string => {
    const path = join(folder, randomUUID());
    writeFileSync(path, content);
    return `file:${path}`;
  };
  const pem = (key: KeyObject): string => file(key.export({ type: 'pkcs8', format: 'pem' }).toString());
  const rsa = (modulusLength: number): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey;
  const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
  const client = { endpoint: introspection.endpoint, clientId: 'acs' };
  const findingsOfClient = (members: object): string[] =>
    findingsFor([{ ...ISSUER, introspection: { ...client, ...members } }]);

  it.each([
    ['RS256', rsa(2048)],
    ['ES256', ec('prime256v1')],
    ['ES384', ec('secp384r1')],
    ['ES512', ec('secp521r1')],
    ['EdDSA', generateKeyPairSync('ed25519').privateKey],
  ])('signs with %s when it is of that kind and nothing else is said', (algorithm, key) => {
    const privateKey = pem(key);
    const issuers = JSON.stringify([{ ...ISSUER, introspection: { ...client, privateKey } }]);
    const [issuer] = loadApiEnvironment({ ...GOOD_API, AUTH_ISSUERS: issuers }).issuers;
    expect(issuer?.introspection).toEqual({
      ...client,
      privateKey: { key: expect.anything(), algorithm, audience: ISSUER.issuer },
    });
  });

  it('is read from a JWK with its id, and told its algorithm and audience', () => {
    const jwk = { ...rsa(2048).export({ format: 'jwk' }), kid: 'k1' };
    const members = {
      privateKey: file(JSON.stringify(jwk)),
      algorithm: 'PS256',
      audience: 'https://aud.example',
    };
    const read = (more: object): unknown => {
      const issuers = JSON.stringify([{ ...ISSUER, introspection: { ...client, ...members, ...more } }]);
      const [issuer] = loadApiEnvironment({ ...GOOD_API, AUTH_ISSUERS: issuers }).issuers;
      return issuer?.introspection;
    };
    const expected = {
      key: expect.anything(),
      algorithm: 'PS256',
      keyId: 'k1',
      audience: 'https://aud.example',
    };
    expect(read({})).toEqual({ ...client, privateKey: expected });
    expect(read({ keyId: 'k2' })).toEqual({ ...client, privateKey: { ...expected, keyId: 'k2' } });
  });

  const encrypted = (): string =>
    file(
      ec('prime256v1')
        .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hunter2' })
        .toString(),
    );
  const publicKey = (): string =>
    file(createPublicKey(ec('prime256v1')).export({ type: 'spki', format: 'pem' }).toString());
  it.each<[string, () => object, string]>([
    ['is no reference', () => ({ privateKey: 'hunter2' }), 'must be "file:" and the path'],
    ['is a file that is not there', () => ({ privateKey: 'file:/absent/key' }), 'cannot be read'],
    ['is a file of anything else', () => ({ privateKey: file('hunter2') }), 'is no private key'],
    ['is a JWK of nothing', () => ({ privateKey: file('{"kty":"EC"}') }), 'is no private key'],
    ['is public', () => ({ privateKey: publicKey() }), 'is no private key'],
    ['has a passphrase', () => ({ privateKey: encrypted() }), 'is no private key'],
    ['is RSA of 1024 bits', () => ({ privateKey: pem(rsa(1024)) }), 'must be RSA of 2048 bits'],
    ['is on another curve', () => ({ privateKey: pem(ec('secp256k1')) }), 'must be RSA of 2048 bits'],
    [
      'does not sign so',
      () => ({ privateKey: pem(rsa(2048)), algorithm: 'ES256' }),
      '"algorithm" does not fit',
    ],
    [
      'would be a secret',
      () => ({ privateKey: pem(rsa(2048)), algorithm: 'HS256' }),
      '"algorithm" does not fit',
    ],
    ['stands beside a secret', () => ({ privateKey: pem(rsa(2048)), clientSecret: 'x' }), 'has both'],
    [
      'is told about but missing',
      () => ({ clientSecret: 'x', keyId: 'k' }),
      '"keyId" without a "privateKey"',
    ],
    ['is missing, as is a secret', () => ({}), 'needs a "clientSecret" or a "privateKey"'],
  ])('is refused when it %s', (_what, members, expected) => {
    const findings = findingsOfClient(members());
    expect(findings).toEqual([expect.stringContaining(expected)]);
    expect(findings[0]).toMatch(/^AUTH_ISSUERS issuer 1 "introspection" /);
    expect(findings[0]).not.toMatch(/hunter2|absent/);
  });
});
