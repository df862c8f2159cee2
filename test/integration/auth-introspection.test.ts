import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OutboundJson } from '../../src/auth/outbound-json.js';
import { TokenVerifier } from '../../src/auth/token-verifier.js';
import type { AppError } from '../../src/shared/app-error.js';
import { reply, TestIssuer } from '../support/tokens-issuer.js';

Logger.overrideLogger(false);

let first: TestIssuer;
let second: TestIssuer;
let http: OutboundJson;
let verifier: TokenVerifier;
let elapsed: number;

beforeEach(async () => {
  [first, second] = await Promise.all([TestIssuer.start(), TestIssuer.start()]);
  http = new OutboundJson(false, []);
  elapsed = 0;
  verifier = new TokenVerifier(
    [first.withIntrospection(), second.withIntrospection({ tenants: ['theirs'] })],
    http,
    () => Date.now() + elapsed,
  );
});

afterEach(async () => {
  await http.close();
  await Promise.all([first.stop(), second.stop()]);
});

async function codeFor(token: string): Promise<string> {
  try {
    await verifier.verify(token);
    return 'accepted';
  } catch (error) {
    return (error as AppError).code;
  }
}

const active = (claims: Record<string, unknown> = {}): Record<string, unknown> => ({
  active: true,
  ...first.claims(claims),
});

describe('an opaque token', () => {
  it('tells who calls, and the endpoint is asked with our credentials', async () => {
    first.opaque.set('opaque-1', active());
    expect((await verifier.verify('opaque-1')).caller).toMatchObject({
      tenant: 'acme',
      issuer: first.url,
      client: 'shop',
    });
    const [credentials = ''] = first.credentials;
    expect(Buffer.from(credentials.replace('Basic ', ''), 'base64').toString()).toBe(
      'acs%3A+api:s3cret%2B%2F',
    );
  });

  it('may look like a JWT that has no header', async () => {
    first.opaque.set('a.b.c', active());
    expect(await codeFor('a.b.c')).toBe('accepted');
  });

  it('is asked of the next issuer when the first does not know it, who speaks for its own tenants alone', async () => {
    second.opaque.set('theirs', { active: true, ...second.claims({ tenant_id: 'theirs' }) });
    second.opaque.set('ours', { active: true, ...second.claims({ tenant_id: 'acme' }) });
    expect(await codeFor('theirs')).toBe('accepted');
    expect(await codeFor('ours')).toBe('tenant-missing');
    expect(first.introspections).toBe(2);
  });

  it.each([
    ['is inactive', { active: false }, 'token-invalid'],
    ['is active in words alone', { active: 'true' }, 'token-invalid'],
    ['is of another issuer', { iss: 'https://evil.example' }, 'token-invalid'],
    ['is for another audience', { aud: ['https://other.example'] }, 'token-invalid'],
    ['is for no audience', { aud: undefined }, 'token-invalid'],
    ['has expired', { exp: 1 }, 'token-invalid'],
    ['has no expiry', { exp: undefined }, 'token-invalid'],
    ['expires in words', { exp: '9999999999' }, 'token-invalid'],
    ['starts later', { nbf: 9_999_999_999 }, 'token-invalid'],
    ['names no client', { client_id: undefined, sub: undefined }, 'token-invalid'],
    ['names no tenant', { tenant_id: undefined }, 'tenant-missing'],
    ['names an unlisted tenant', { tenant_id: 'other' }, 'tenant-missing'],
  ])('is refused when it %s', async (_what, claims, code) => {
    first.opaque.set('opaque', active(claims));
    expect(await codeFor('opaque')).toBe(code);
  });

  it('may have 8 KiB and no more', async () => {
    const [longest, longer] = ['a'.repeat(8_192), 'a'.repeat(8_193)];
    first.opaque.set(longest, active()).set(longer, active());
    expect(await codeFor(longest)).toBe('accepted');
    expect(await codeFor(longer)).toBe('token-invalid');
    expect(first.introspections).toBe(1);
  });

  it('need not name its issuer', async () => {
    first.opaque.set('opaque', active({ iss: undefined }));
    expect(await codeFor('opaque')).toBe('accepted');
  });

  it('is remembered for thirty seconds, and never past its expiry', async () => {
    first.opaque.set('long', active());
    first.opaque.set('short', active({ exp: Math.floor(Date.now() / 1_000) + 5 }));
    await verifier.verify('long');
    await verifier.verify('short');
    elapsed = 6_000;
    await verifier.verify('long');
    expect(first.introspections).toBe(2);
    await verifier.verify('short');
    expect(first.introspections).toBe(3);
    elapsed = 31_000;
    first.opaque.delete('long');
    expect(await codeFor('long')).toBe('token-invalid');
  });

  it('is asked about once by fifty requests at the same time', async () => {
    first.opaque.set('opaque', active());
    const codes = await Promise.all(Array.from({ length: 50 }, () => codeFor('opaque')));
    expect(new Set(codes)).toEqual(new Set(['accepted']));
    expect(first.introspections).toBe(1);
  });

  it('is not asked about when the caller may not ask', async () => {
    const refusal = new Error('no');
    const verification = verifier.verify('opaque', () => {
      throw refusal;
    });
    await expect(verification).rejects.toBe(refusal);
    expect(first.introspections).toBe(0);
  });

  it('may always be asked about again once it was accepted, until its expiry or its revocation', async () => {
    const exhausted = (token: string): Promise<unknown> =>
      verifier.verify(token, () => {
        throw new Error('no');
      });
    const exp = Math.floor(Date.now() / 1_000) + 60;
    first.opaque.set('good', active({ exp })).set('revoked', active());
    await verifier.verify('good');
    await verifier.verify('revoked');
    elapsed = 31_000;
    await expect(exhausted('good')).resolves.toMatchObject({ caller: { tenant: 'acme' } });
    await expect(exhausted('new')).rejects.toThrow('no');
    first.opaque.delete('revoked');
    await expect(exhausted('revoked')).rejects.toMatchObject({ code: 'token-invalid' });
    await expect(exhausted('revoked')).rejects.toThrow('no');
    expect(first.introspections).toBe(4);
    elapsed = 62_000;
    await expect(exhausted('good')).rejects.toThrow('no');
  });

  it('may still be asked about once an endpoint that was down is back', async () => {
    first.opaque.set('good', active());
    await verifier.verify('good');
    elapsed = 31_000;
    first.misbehaviour = (request) => request.socket.destroy();
    expect(await codeFor('good')).toBe('unavailable');
    first.misbehaviour = undefined;
    elapsed = 34_000;
    await expect(
      verifier.verify('good', () => {
        throw new Error('no');
      }),
    ).resolves.toMatchObject({ caller: { tenant: 'acme' } });
  });

  it('is undecided when an endpoint is down, unless another knows it', async () => {
    first.misbehaviour = (request) => request.socket.destroy();
    expect(await codeFor('nobody-knows')).toBe('unavailable');
    second.opaque.set('known', { active: true, ...second.claims({ tenant_id: 'theirs' }) });
    expect(await codeFor('known')).toBe('accepted');
  });

  const silence: TestIssuer['misbehaviour'] = (request) => request.socket.destroy();
  const status =
    (code: number): TestIssuer['misbehaviour'] =>
    (_request, response) =>
      response.writeHead(code).end();

  it.each<[string, TestIssuer['misbehaviour']]>([
    ['gives no answer', silence],
    ['is answered for by a proxy', status(503)],
  ])('is not asked about while an endpoint %s, but once in two seconds', async (_what, misbehaviour) => {
    first.misbehaviour = misbehaviour;
    for (const token of ['one', 'two', 'three']) expect(await codeFor(token)).toBe('unavailable');
    expect(first.introspections).toBe(1);
    elapsed = 2_001;
    const codes = await Promise.all(Array.from({ length: 50 }, (_, index) => codeFor(`later-${index}`)));
    expect(new Set(codes)).toEqual(new Set(['unavailable']));
    expect(first.introspections).toBe(2);
    first.misbehaviour = undefined;
    first.opaque.set('good', active()).set('other', active());
    expect(await codeFor('good')).toBe('unavailable');
    elapsed = 4_002;
    expect([await codeFor('good'), await codeFor('other')]).toEqual(['accepted', 'accepted']);
  });

  it.each([400, 401, 404, 429, 500])(
    'is asked about at once after another that the endpoint answered with %d',
    async (code) => {
      first.misbehaviour = status(code);
      expect(await codeFor('crafted')).toBe('unavailable');
      first.misbehaviour = undefined;
      first.opaque.set('good', active());
      expect(await codeFor('good')).toBe('accepted');
    },
  );

  it.each<[string, TestIssuer['misbehaviour']]>([
    ['our credentials', (_request, response) => response.writeHead(401).end('{"error":"invalid_client"}')],
    ['with an error', (_request, response) => response.writeHead(500).end()],
    [
      'with a redirect',
      (_request, response) => response.writeHead(307, { location: `${second.url}/introspect` }).end(),
    ],
    [
      'without active',
      (_request, response) => {
        reply(response, {});
      },
    ],
    [
      'with a list',
      (_request, response) => {
        reply(response, [true]);
      },
    ],
    ['with a page', (_request, response) => response.writeHead(200).end('<html>')],
  ])('is undecided when the endpoint refuses or answers %s', async (_what, misbehaviour) => {
    first.misbehaviour = misbehaviour;
    expect(await codeFor('opaque')).toBe('unavailable');
  });

  it('is refused outright when no issuer introspects, and a JWT is never introspected', async () => {
    const without = new TokenVerifier([first.settings()], http);
    await expect(without.verify('opaque')).rejects.toMatchObject({ code: 'token-invalid' });
    expect(await codeFor(first.mint({ exp: 1 }))).toBe('token-invalid');
    expect(await codeFor(first.mint())).toBe('accepted');
    expect(first.introspections + second.introspections).toBe(0);
  });
});
