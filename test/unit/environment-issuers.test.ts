import { describe, expect, it } from '@jest/globals';
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
      typ: ['JWT'],
      tenantClaim: 'https://acme.example/tenant',
      scopeClaim: 'permissions',
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

  it('may not give one named tenant to two issuers, while patterns may overlap', () => {
    const other = { ...ISSUER, issuer: 'https://other.example' };
    expect(findingsFor([ISSUER, { ...other, tenants: ['x', 'acme'] }])).toEqual([
      expect.stringContaining('issuer 2 names a tenant of an earlier one'),
    ]);
    expect(findingsFor([ISSUER, { ...other, tenants: ['eu-*', '*'] }])).toEqual([]);
  });
});
