import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OutboundJson } from '../../src/auth/outbound-json.js';
import { TokenVerifier } from '../../src/auth/token-verifier.js';
import type { AppError } from '../../src/shared/app-error.js';
import { TestIssuer } from '../support/tokens-issuer.js';
import {
  compact,
  hmacSigner,
  makeKey,
  signer,
  type SigningAlgorithm,
  type SigningKey,
} from '../support/tokens.js';

let issuer: TestIssuer;
let other: TestIssuer;
let http: OutboundJson;
let verifier: TokenVerifier;
let stranger: SigningKey;
let rsa: SigningKey;
let weakRsa: SigningKey;

beforeAll(async () => {
  [issuer, other, stranger, rsa, weakRsa] = await Promise.all([
    TestIssuer.start(),
    TestIssuer.start(),
    makeKey('ES256', 'first'),
    makeKey('RS256', 'rsa'),
    makeKey('RS256', 'weak', 1024),
  ]);
  const secret = { kty: 'oct', kid: 'oct', k: Buffer.from('secret'.repeat(8)).toString('base64url') };
  const privateJwk = { ...stranger.privateKey.export({ format: 'jwk' }), kid: 'private' };
  const undeclared = { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'undeclared' };
  const forEncryption = { ...undeclared, kid: 'enc', use: 'enc' };
  issuer.published.push(rsa.jwk, weakRsa.jwk, secret, privateJwk, undeclared, forEncryption, null, 'x');
  http = new OutboundJson(false, []);
  verifier = new TokenVerifier(
    [issuer.settings(), other.settings({ tenants: ['theirs'], typ: ['JWT'], tenantClaim: 'realm.tenant' })],
    http,
  );
});

afterAll(async () => {
  await http.close();
  await Promise.all([issuer.stop(), other.stop()]);
});

async function codeFor(token: string): Promise<string> {
  try {
    await verifier.verify(token);
    return 'accepted';
  } catch (error) {
    return (error as AppError).code;
  }
}

const seconds = (): number => Math.floor(Date.now() / 1_000);
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const without = (name: string): Record<string, unknown> => ({ [name]: undefined });
const corrupt = (token: string): string => token.slice(0, -3) + (token.endsWith('AAA') ? 'BBB' : 'AAA');
const publicPem = (key: SigningKey): string =>
  key.publicKey.export({ format: 'pem', type: 'spki' }).toString();
const signedWith = (key: SigningKey, alg: SigningAlgorithm, header: object): string =>
  compact(issuer.header({ ...header }), issuer.claims(), signer(key, alg));
const payloadText = (text: string): string =>
  compact(issuer.header(), JSON.stringify(issuer.claims()).replace(/\}$/, text), signer(issuer.key, 'ES256'));

describe('an acceptable token', () => {
  it('tells who calls', async () => {
    const { caller, confirmation } = await verifier.verify(issuer.mint());
    expect(confirmation).toEqual({});
    expect(caller).toEqual({
      tenant: 'acme',
      issuer: issuer.url,
      client: 'shop',
      scopes: new Set(['challenge:get', 'challenge:post']),
    });
  });

  it.each<SigningAlgorithm>(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])(
    'may be signed with %s',
    async (alg) => {
      const ours = await TestIssuer.start(alg);
      const { caller } = await new TokenVerifier([ours.settings()], http).verify(ours.mint());
      expect(caller.tenant).toBe('acme');
      await ours.stop();
    },
  );

  const accepted: [string, () => string][] = [
    [
      'with our audience in a list',
      () => issuer.mint({ aud: ['https://other.example', 'https://acs.example'] }),
    ],
    ['with its typ as a whole media type', () => issuer.mint({}, { typ: 'application/at+jwt' })],
    ['with its typ in another case', () => issuer.mint({}, { typ: 'AT+JWT' })],
    ['that expired within the tolerance', () => issuer.mint({ exp: seconds() - 20 })],
    ['that starts within the tolerance', () => issuer.mint({ nbf: seconds() + 20 })],
    ['for a tenant alone in a list', () => issuer.mint({ tenant_id: ['acme'] })],
    ['for a tenant of a pattern', () => issuer.mint({ tenant_id: 'eu-west' })],
    ['with scopes in scp', () => issuer.mint({ scope: undefined, scp: ['challenge:get'] })],
    ['without scopes', () => issuer.mint(without('scope'))],
    [
      'signed by a key that declares no alg',
      () => signedWith(rsa, 'RS256', { alg: 'RS256', kid: 'undeclared' }),
    ],
    ['with a certificate thumbprint in its header', () => issuer.mint({}, { x5t: 'abc' })],
    [
      'of an issuer with its own typ and a nested tenant claim',
      () => other.mint({ realm: { tenant: 'theirs' } }, { typ: 'JWT' }),
    ],
  ];
  it.each(accepted)('may be one %s', async (_what, token) => {
    expect(await codeFor(token())).toBe('accepted');
  });
});

const algorithmsAndKeys: [string, () => string][] = [
  [
    'with alg none and no signature',
    () => compact(issuer.header({ alg: 'none' }), issuer.claims(), () => Buffer.alloc(0)),
  ],
  ['with alg None', () => compact(issuer.header({ alg: 'None' }), issuer.claims(), () => Buffer.alloc(0))],
  ['with alg none and a signature', () => issuer.mint({}, { alg: 'none' })],
  ['with no alg', () => issuer.mint({}, without('alg'))],
  ['with alg as a list', () => issuer.mint({}, { alg: ['ES256'] })],
  ['with alg in another case', () => issuer.mint({}, { alg: 'es256' })],
  [
    'with HS256 keyed by the public PEM',
    () => compact(issuer.header({ alg: 'HS256', kid: 'rsa' }), issuer.claims(), hmacSigner(publicPem(rsa))),
  ],
  [
    'with HS256 keyed by the public JWK',
    () =>
      compact(issuer.header({ alg: 'HS256' }), issuer.claims(), hmacSigner(JSON.stringify(issuer.key.jwk))),
  ],
  [
    'with HS256 keyed by nothing',
    () => compact(issuer.header({ alg: 'HS256' }), issuer.claims(), hmacSigner('')),
  ],
  [
    'with HS256 keyed by a secret of the JWKS',
    () =>
      compact(issuer.header({ alg: 'HS256', kid: 'oct' }), issuer.claims(), hmacSigner('secret'.repeat(8))),
  ],
  ['with RS256 named for an EC key', () => issuer.mint({}, { alg: 'RS256' })],
  ['with ES384 named for a P-256 key', () => issuer.mint({}, { alg: 'ES384' })],
  ['with PS256 from a key declared for RS256', () => signedWith(rsa, 'PS256', { alg: 'PS256', kid: 'rsa' })],
  [
    'with PS256 named over an RS256 signature',
    () => signedWith(rsa, 'RS256', { alg: 'PS256', kid: 'undeclared' }),
  ],
  [
    'with an algorithm the issuer is not configured for',
    () =>
      compact(issuer.header({ alg: 'RS512', kid: 'undeclared' }), issuer.claims(), (input) =>
        sign('sha512', Buffer.from(input), rsa.privateKey),
      ),
  ],
  ['from RSA of 1024 bits', () => signedWith(weakRsa, 'RS256', { alg: 'RS256', kid: 'weak' })],
  ['from a key published with its private half', () => signedWith(stranger, 'ES256', { kid: 'private' })],
  ['from a key published for encryption', () => signedWith(rsa, 'RS256', { alg: 'RS256', kid: 'enc' })],
  ['from a stranger who uses a known kid', () => issuer.mint({}, {}, stranger)],
  ['with an unknown kid', () => issuer.mint({}, { kid: 'unknown' })],
  ['with a kid that is a path', () => issuer.mint({}, { kid: '../../dev/null' })],
  ['with a kid that is a number', () => issuer.mint({}, { kid: 7 })],
  [
    'without a kid among several keys',
    () => compact(issuer.header({ alg: 'RS256', kid: undefined }), issuer.claims(), signer(rsa, 'RS256')),
  ],
  [
    'with an embedded jwk',
    () => signedWith(stranger, 'ES256', { jwk: stranger.publicKey.export({ format: 'jwk' }) }),
  ],
  ['with an embedded jwk over a good signature', () => issuer.mint({}, { jwk: issuer.key.jwk })],
  ['with a jku', () => issuer.mint({}, { jku: `${other.url}/jwks` })],
  ['with an x5u', () => issuer.mint({}, { x5u: 'https://evil.example/cert' })],
  ['with an x5c', () => issuer.mint({}, { x5c: ['MIIB'] })],
  ['with an unknown critical header', () => issuer.mint({}, { crit: ['exp'], exp: 1 })],
  ['with an empty crit', () => issuer.mint({}, { crit: [] })],
  ['with an unencoded payload', () => issuer.mint({}, { crit: ['b64'], b64: false })],
];

const signaturesAndForm: [string, () => string][] = [
  ['with an empty signature', () => issuer.mint().replace(/\.[^.]*$/, '.')],
  ['without a signature', () => issuer.mint().replace(/\.[^.]*$/, '')],
  ['with an altered signature', () => corrupt(issuer.mint())],
  ['with a signature of zeros', () => compact(issuer.header(), issuer.claims(), () => Buffer.alloc(64))],
  [
    'with a DER signature',
    () =>
      compact(issuer.header(), issuer.claims(), (input) =>
        sign('sha256', Buffer.from(input), issuer.key.privateKey),
      ),
  ],
  [
    'with an altered payload',
    () => issuer.mint().replace(/\.[^.]*\./, `.${part(issuer.claims({ tenant_id: 'eu-1' }))}.`),
  ],
  [
    'with the payload of another token',
    () => issuer.mint().replace(/\.[^.]*\./, `.${part(other.claims())}.`),
  ],
  ['with four parts', () => `${issuer.mint()}.x`],
  ['with five parts, as if encrypted', () => `${part({ alg: 'dir', enc: 'A256GCM' })}..a.b.c`],
  ['of dots', () => '..'],
  ['of nothing', () => ''],
  ['of garbage', () => 'garbage'],
  ['with a payload that is a list', () => compact(issuer.header(), [], signer(issuer.key, 'ES256'))],
  ['with a payload that is text', () => compact(issuer.header(), 'hello', signer(issuer.key, 'ES256'))],
  ['with a header that is text', () => compact('hello', issuer.claims(), signer(issuer.key, 'ES256'))],
  ['with 100 kB of claims', () => issuer.mint({ padding: 'x'.repeat(100_000) })],
];

const claims: [string, () => string][] = [
  ['of an unknown issuer', () => issuer.mint({ iss: 'https://evil.example' })],
  ['of an issuer with a slash behind it', () => issuer.mint({ iss: `${issuer.url}/` })],
  ['of an issuer in upper case', () => issuer.mint({ iss: issuer.url.toUpperCase() })],
  ['of issuers in a list', () => issuer.mint({ iss: [issuer.url] })],
  ['of no issuer', () => issuer.mint(without('iss'))],
  [
    'that names another configured issuer',
    () => issuer.mint({ iss: other.url, realm: { tenant: 'theirs' } }, { typ: 'JWT' }),
  ],
  ['for another audience', () => issuer.mint({ aud: 'https://other.example' })],
  ['for a prefix of our audience', () => issuer.mint({ aud: 'https://acs.exampl' })],
  ['for our audience and more behind it', () => issuer.mint({ aud: 'https://acs.example.evil.example' })],
  ['for our audience with a slash', () => issuer.mint({ aud: 'https://acs.example/' })],
  [
    'for other audiences in a list',
    () => issuer.mint({ aud: ['https://other.example', 'https://acs.example.org'] }),
  ],
  ['for an empty list of audiences', () => issuer.mint({ aud: [] })],
  ['for our audience in a list in a list', () => issuer.mint({ aud: [['https://acs.example']] })],
  ['for our audience as a member', () => issuer.mint({ aud: { 'https://acs.example': true } })],
  ['for no audience', () => issuer.mint(without('aud'))],
  ['that has expired', () => issuer.mint({ exp: seconds() - 31 })],
  ['that expired in 1970', () => issuer.mint({ exp: 0 })],
  ['without exp', () => issuer.mint(without('exp'))],
  ['with exp as text', () => issuer.mint({ exp: String(seconds() + 3_600) })],
  ['with exp null', () => issuer.mint({ exp: null })],
  ['with exp beyond all numbers', () => payloadText(',"exp":1e999}')],
  ['with a second exp that has passed', () => payloadText(',"exp":1}')],
  ['that starts later', () => issuer.mint({ nbf: seconds() + 60 })],
  ['with nbf as text', () => issuer.mint({ nbf: String(seconds() - 60) })],
  ['with iat as text', () => issuer.mint({ iat: 'now' })],
  ['that is an ID token', () => issuer.mint({}, { typ: 'JWT' })],
  ['that is a logout token', () => issuer.mint({}, { typ: 'logout+jwt' })],
  ['without typ', () => issuer.mint({}, without('typ'))],
  ['with typ as a list', () => issuer.mint({}, { typ: ['at+jwt'] })],
  ['without a client', () => issuer.mint({ client_id: undefined, sub: undefined })],
  ['with a client of control characters', () => issuer.mint({ client_id: 'a\u0000b', sub: undefined })],
];

const tenants: [string, () => string][] = [
  ['without a tenant', () => issuer.mint(without('tenant_id'))],
  ['for an unlisted tenant', () => issuer.mint({ tenant_id: 'other' })],
  ['for the tenant of another issuer', () => issuer.mint({ tenant_id: 'theirs' })],
  ['for a tenant with more behind its name', () => issuer.mint({ tenant_id: 'acme2' })],
  ['for a tenant in another case', () => issuer.mint({ tenant_id: 'Acme' })],
  ['for two tenants in a list', () => issuer.mint({ tenant_id: ['acme', 'eu-1'] })],
  ['for no tenant in a list', () => issuer.mint({ tenant_id: [] })],
  ['for a tenant in a list in a list', () => issuer.mint({ tenant_id: [['acme']] })],
  ['for a tenant that is a number', () => issuer.mint({ tenant_id: 1 })],
  ['for a tenant that is true', () => issuer.mint({ tenant_id: true })],
  ['for a tenant that is an object', () => issuer.mint({ tenant_id: { id: 'acme' } })],
  ['for a tenant of no characters', () => issuer.mint({ tenant_id: '' })],
  ['for a tenant with a NUL', () => issuer.mint({ tenant_id: 'eu-\u0000' })],
  ['for a tenant of 129 characters', () => issuer.mint({ tenant_id: `eu-${'x'.repeat(126)}` })],
  [
    'for a tenant by another path than configured',
    () => other.mint({ 'realm.x': 'theirs', tenant: 'theirs' }, { typ: 'JWT' }),
  ],
];

describe('a token is refused as token-invalid', () => {
  it.each([...algorithmsAndKeys, ...signaturesAndForm, ...claims])('%s', async (_what, token) => {
    expect(await codeFor(token())).toBe('token-invalid');
  });

  it('even when a good one was just accepted, and costs the good one nothing', async () => {
    const good = issuer.mint();
    expect(await codeFor(good)).toBe('accepted');
    expect(await codeFor(corrupt(good))).toBe('token-invalid');
    expect(await codeFor(good)).toBe('accepted');
  });
});

describe('a token is refused as tenant-missing', () => {
  it.each(tenants)('%s', async (_what, token) => {
    expect(await codeFor(token())).toBe('tenant-missing');
  });
});

describe('a refusal', () => {
  it('holds nothing of the token, in its message or its cause', async () => {
    const token = issuer.mint({ aud: 'CANARY', sub: 'CANARY', client_id: 'CANARY' });
    const error = await verifier.verify(token).catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(Error);
    expect(JSON.stringify(error) + (error as Error).message).not.toContain('CANARY');
    expect((error as Error).cause).toBeUndefined();
  });

  it('is given for a key that only a stranger to the JWKS has, whatever its type', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const token = compact(issuer.header({ alg: 'EdDSA' }), issuer.claims(), (input) =>
      sign(null, Buffer.from(input), privateKey),
    );
    expect(await codeFor(token)).toBe('token-invalid');
  });
});
