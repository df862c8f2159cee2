import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { findingsIn, type ManagementApi, startManagementApi, without } from './management-rig.js';

let database: TestDatabase;
let api: ManagementApi;
let nextTenant = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startManagementApi(database.apiUrl, {
    sms: { maxSegments: 3, countries: ['NL', 'BE'] },
    issuance: { perTenant: { max: 500 } },
  });
});

afterAll(() => api.close());
afterAll(() => database.drop());

function aTenant(): string {
  nextTenant += 1;
  return `tenant-${nextTenant}`;
}

describe('the configuration of a tenant', () => {
  it('has defaults within the ceilings until it is saved', async () => {
    const answer = await api.as(aTenant())('GET', '/v1/configuration');
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual({
      version: 1,
      issuance: {
        enabled: true,
        perRecipient: { max: 10, windowSeconds: 3_600 },
        perTenant: { max: 500, windowSeconds: 60 },
      },
      answers: { failuresPerRecipient: { max: 100, windowSeconds: 86_400 } },
      email: {
        enabled: true,
        from: { name: 'ACS', address: 'no-reply@localhost' },
        replyTo: null,
        blockedDomains: [],
      },
      sms: { enabled: true, senderId: 'ACS', countries: [], maxSegments: 2 },
      links: { allowedOrigins: [] },
      retention: { endedChallengeDays: 30 },
    });
  });

  it('is replaced whole; what GET returned can be sent back as it is', async () => {
    const call = api.as(aTenant());
    const { body } = await call('GET', '/v1/configuration');
    const changed = {
      ...body,
      email: { ...body.email, replyTo: 'help@acme.example', blockedDomains: ['x.example'] },
      sms: { ...body.sms, countries: ['NL'] },
    };
    const put = await call('PUT', '/v1/configuration', changed);
    expect(put).toMatchObject({ status: 200 });
    expect(put.headers.get('etag')).toBe('"2"');
    expect(put.body).toEqual({ ...changed, version: 2 });
    expect((await call('GET', '/v1/configuration')).body).toEqual(put.body);
    expect(await call('PUT', '/v1/configuration', put.body)).toMatchObject({
      status: 200,
      body: { version: 3 },
    });
  });

  it('belongs to its tenant alone', async () => {
    const [one, other] = [api.as(aTenant()), api.as(aTenant())];
    const { body } = await one('GET', '/v1/configuration');
    await one('PUT', '/v1/configuration', { ...body, issuance: { ...body.issuance, enabled: false } });
    expect((await other('GET', '/v1/configuration')).body).toEqual(body);
  });

  it('honours If-Match and version when they are given, and neither when not', async () => {
    const call = api.as(aTenant());
    const settings = without((await call('GET', '/v1/configuration')).body, 'version');
    expect(await call('PUT', '/v1/configuration', settings)).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    const stale = { status: 412, body: { code: 'configuration-version-conflict', currentVersion: 2 } };
    expect(await call('PUT', '/v1/configuration', settings, { 'if-match': '"1"' })).toMatchObject(stale);
    expect(await call('PUT', '/v1/configuration', { ...settings, version: 1 })).toMatchObject(stale);
    expect(await call('PUT', '/v1/configuration', settings, { 'if-match': '"2"' })).toMatchObject({
      status: 200,
      body: { version: 3 },
    });
  });

  it.each([1, 2])('loses no update: of 20 at once on version %d, one is made', async (version) => {
    const call = api.as(aTenant());
    const settings = without((await call('GET', '/v1/configuration')).body, 'version');
    if (version === 2) await call('PUT', '/v1/configuration', settings);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        call('PUT', '/v1/configuration', settings, { 'if-match': `"${version}"` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
  });

  it('demands every property', async () => {
    const call = api.as(aTenant());
    expect(findingsIn(await call('PUT', '/v1/configuration', {}))).toEqual(
      ['issuance', 'answers', 'email', 'sms', 'links', 'retention'].map((name) => `/${name} required`),
    );
    const { body } = await call('GET', '/v1/configuration');
    const email = without(body.email, 'replyTo');
    expect(findingsIn(await call('PUT', '/v1/configuration', { ...body, email }))).toEqual([
      '/email/replyTo required',
    ]);
  });

  it('refuses what is out of bounds or unknown with every finding at once', async () => {
    const call = api.as(aTenant());
    const { body } = await call('GET', '/v1/configuration');
    const answer = await call('PUT', '/v1/configuration', {
      ...body,
      extra: true,
      issuance: {
        enabled: 'yes',
        perRecipient: { max: 101, windowSeconds: 0 },
        perTenant: { max: 0, windowSeconds: 86_401 },
      },
      answers: { failuresPerRecipient: { max: 9, windowSeconds: 86_399 } },
      email: {
        enabled: true,
        from: { name: 'a\nb', address: 'x' },
        replyTo: 'a b@c',
        blockedDomains: ['X.example'],
      },
      sms: { enabled: true, senderId: 'TWELVELETTERS', countries: ['XX'], maxSegments: 11 },
      links: { allowedOrigins: ['https://a.example', 'https://a.example'] },
      retention: { endedChallengeDays: 366 },
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
    expect(findingsIn(answer).sort()).toEqual(
      [
        '/answers/failuresPerRecipient/max too-small',
        '/answers/failuresPerRecipient/windowSeconds too-small',
        '/email/blockedDomains/0 format',
        '/email/from/address format',
        '/email/from/address too-short',
        '/email/from/name format',
        '/email/replyTo format',
        '/extra unknown-property',
        '/issuance/enabled type',
        '/issuance/perRecipient/max too-large',
        '/issuance/perRecipient/windowSeconds too-small',
        '/issuance/perTenant/max too-small',
        '/issuance/perTenant/windowSeconds too-large',
        '/links/allowedOrigins/1 duplicate',
        '/retention/endedChallengeDays too-large',
        '/sms/countries/0 country',
        '/sms/maxSegments too-large',
        '/sms/senderId format',
      ].sort(),
    );
    const origin = await call('PUT', '/v1/configuration', {
      ...body,
      links: { allowedOrigins: ['http://a.example'] },
    });
    expect(origin).toMatchObject({ status: 400 });
    expect(findingsIn(origin)).toEqual(['/links/allowedOrigins/0 origin-invalid']);
  });

  it('tells what breaks the contract, what contradicts itself and what exceeds a ceiling in one answer', async () => {
    const call = api.as(aTenant());
    const { body } = await call('GET', '/v1/configuration');
    const answer = await call('PUT', '/v1/configuration', {
      ...body,
      colour: 'red',
      issuance: {
        enabled: true,
        perRecipient: { max: 0, windowSeconds: 1 },
        perTenant: { max: 501, windowSeconds: 60 },
      },
      email: { ...body.email, from: { name: 'Acme' } },
      sms: { ...body.sms, maxSegments: 4, countries: ['XX', 'DE', 'NL'] },
      links: { allowedOrigins: ['https://a.example', 'x', 'http://a.example'] },
      retention: undefined,
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
    expect(findingsIn(answer).sort()).toEqual([
      '/colour unknown-property',
      '/email/from/address required',
      '/issuance/perRecipient/max too-small',
      '/issuance/perTenant/max over-ceiling',
      '/links/allowedOrigins/1 format',
      '/links/allowedOrigins/2 origin-invalid',
      '/retention required',
      '/sms/countries/0 country',
      '/sms/countries/1 over-ceiling',
      '/sms/maxSegments over-ceiling',
    ]);
    expect((await call('GET', '/v1/configuration')).body).toEqual(body);
  });

  it('cannot exceed the ceilings of the deployment, which the answer names', async () => {
    const call = api.as(aTenant());
    const { body } = await call('GET', '/v1/configuration');
    const answer = await call('PUT', '/v1/configuration', {
      ...body,
      issuance: { ...body.issuance, perTenant: { max: 501, windowSeconds: 60 } },
      sms: { ...body.sms, maxSegments: 4, countries: ['NL', 'DE'] },
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'request-invalid' } });
    expect(answer.body.errors).toEqual([
      {
        pointer: '/issuance/perTenant/max',
        code: 'over-ceiling',
        detail: "The deployment's ceiling issuance.perTenant.max allows 500.",
      },
      {
        pointer: '/sms/countries/1',
        code: 'over-ceiling',
        detail: "The deployment's ceiling sms.countries does not list this value.",
      },
      {
        pointer: '/sms/maxSegments',
        code: 'over-ceiling',
        detail: "The deployment's ceiling sms.maxSegments allows 3.",
      },
    ]);
    expect((await call('GET', '/v1/configuration')).body).toEqual(body);
    const allowed = { ...body, sms: { ...body.sms, maxSegments: 3, countries: ['BE', 'NL'] } };
    expect(await call('PUT', '/v1/configuration', allowed)).toMatchObject({ status: 200 });
  });

  it('that was saved under higher ceilings is lowered to those of today', async () => {
    const tenant = aTenant();
    const unbounded = await startManagementApi(database.apiUrl);
    const { body } = await unbounded.as(tenant)('GET', '/v1/configuration');
    await unbounded.as(tenant)('PUT', '/v1/configuration', {
      ...body,
      sms: { ...body.sms, maxSegments: 6, countries: ['NL', 'DE'] },
    });
    await unbounded.close();
    expect(await api.as(tenant)('GET', '/v1/configuration')).toMatchObject({
      body: { version: 2, sms: { maxSegments: 3, countries: ['NL'] }, issuance: { perTenant: { max: 500 } } },
    });
  });

  it('leaves what changed in the audit trail, who did it, before and after', async () => {
    const tenant = aTenant();
    const call = api.as(tenant);
    const { body } = await call('GET', '/v1/configuration');
    await call('PUT', '/v1/configuration', { ...body, retention: { endedChallengeDays: 7 } });
    await call('PUT', '/v1/configuration', { ...body, version: 1 });
    const client = new pg.Client({ connectionString: database.superuserUrl });
    await client.connect();
    const { rows } = await client.query<{ event: string; issuer: string; client: string; detail: unknown }>(
      'SELECT event, issuer, client, detail FROM audit WHERE tenant_id = $1 ORDER BY id',
      [tenant],
    );
    await client.end();
    expect(rows).toMatchObject([
      {
        event: 'configuration.updated',
        issuer: 'https://login.test',
        client: `${tenant}-admin`,
        detail: {
          before: { version: 1, retention: { endedChallengeDays: 30 } },
          after: { version: 2, retention: { endedChallengeDays: 7 } },
        },
      },
    ]);
  });
});

it('refuses to start with ceilings that make no sense, naming each', async () => {
  await expect(startManagementApi(database.apiUrl, { sms: { maxSegments: 'x' }, nope: 1 })).rejects.toThrow(
    'CEILINGS: sms.maxSegments must be a whole number of at least 1; nope is no ceiling.',
  );
});
