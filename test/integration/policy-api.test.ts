import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { withClient } from '../../scripts/quickstart/database.js';
import { POLICY_EXAMPLES } from '../../src/policy/http/policy-examples.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import {
  type Answer,
  type Body,
  type Call,
  findingsIn,
  type ManagementApi,
  startManagementApi,
  without,
} from './management-rig.js';

let database: TestDatabase;
let api: ManagementApi;
let call: Call;
let nextAlias = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startManagementApi(database.apiUrl);
  call = api.as('acme');
  const { body } = await call('GET', '/v1/configuration');
  await call('PUT', '/v1/configuration', { ...body, links: { allowedOrigins: ['http://localhost:3000'] } });
});

afterAll(() => api.close());
afterAll(() => database.drop());

function aPolicy(given: object = {}): Record<string, unknown> {
  nextAlias += 1;
  return {
    alias: `policy-${nextAlias}`,
    type: 'EMAIL_OTP',
    template: { defaultLocale: 'en', locales: { en: { subject: 'Code', text: '{{ code }}' } } },
    ...given,
  };
}

async function created(given: object = {}, as = call): Promise<Body> {
  const answer = await as('POST', '/v1/policies', aPolicy(given));
  expect(answer).toMatchObject({ status: 201 });
  return answer.body;
}

describe('creating a policy', () => {
  it.each(Object.entries(POLICY_EXAMPLES))(
    'works from the example of %s, and what GET returns can be sent back as it is',
    async (type, { value }) => {
      const answer = await call('POST', '/v1/policies', value);
      expect(answer).toMatchObject({ status: 201, body: { ...value, version: 1, type } });
      expect(answer.headers.get('etag')).toBe('"1"');
      const location = answer.headers.get('location') ?? '';
      expect(location).toBe(`/v1/policies/${answer.body.id}`);
      const got = await call('GET', location);
      expect(got).toMatchObject({ status: 200, body: answer.body });
      expect(got.headers.get('etag')).toBe('"1"');
      const put = await call('PUT', location, got.body);
      expect(put.status).toBe(200);
      expect(put.headers.get('etag')).toBe('"2"');
      expect({ ...put.body, version: 1, updatedAt: got.body.updatedAt }).toEqual(got.body);
      expect(await call('DELETE', location)).toMatchObject({ status: 204 });
    },
  );

  it('refuses an alias that is taken, in the tenant alone, until its policy is deleted', async () => {
    const policy = await created();
    const again = aPolicy({ alias: policy.alias });
    expect(await call('POST', '/v1/policies', again)).toMatchObject({
      status: 409,
      body: { code: 'policy-alias-taken' },
    });
    await created({ alias: policy.alias }, api.as('globex'));
    await call('DELETE', `/v1/policies/${policy.id}`);
    await created({ alias: policy.alias });
  });

  it('refuses what breaks the contract with every finding at once, and saves nothing', async () => {
    const answer = await call('POST', '/v1/policies', {
      alias: 'No',
      type: 'EMAIL',
      extra: 1,
      purpose: null,
      conditions: {
        expiresInSeconds: 59,
        completeWithinSeconds: 901,
        maxAttempts: 0,
        code: { length: 0, alphabet: 'HEX' },
        resend: { max: 6, cooldownSeconds: 14, secret: 'OLD', extendsExpiry: 'no' },
        active: { maxPerRecipient: 6, whenExceeded: 'IGNORE' },
        limits: [{ per: 'PLANET', max: 0, windowSeconds: 0 }],
        requireAction: 1,
        recipients: { emailDomains: { allow: ['*.example'] }, countries: { block: ['XX'] } },
      },
      template: { defaultLocale: '', locales: { en: { text: 1, footer: 'x' }, nl: 'x' }, link: 1 },
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
    expect(findingsIn(answer).sort()).toEqual(
      [
        '/alias format',
        '/conditions/active/maxPerRecipient too-large',
        '/conditions/active/whenExceeded not-allowed',
        '/conditions/code/alphabet not-allowed',
        '/conditions/code/length too-small',
        '/conditions/completeWithinSeconds too-large',
        '/conditions/expiresInSeconds too-small',
        '/conditions/limits/0/max too-small',
        '/conditions/limits/0/per not-allowed',
        '/conditions/limits/0/windowSeconds too-small',
        '/conditions/maxAttempts too-small',
        '/conditions/recipients/countries/block/0 country',
        '/conditions/recipients/emailDomains/allow/0 format',
        '/conditions/requireAction type',
        '/conditions/resend/cooldownSeconds too-small',
        '/conditions/resend/extendsExpiry type',
        '/conditions/resend/max too-large',
        '/conditions/resend/secret not-allowed',
        '/extra unknown-property',
        '/purpose type',
        '/template/defaultLocale too-short',
        '/template/link type',
        '/template/locales/en/footer unknown-property',
        '/template/locales/en/text type',
        '/template/locales/nl type',
        '/type not-allowed',
      ].sort(),
    );
  });

  it.each([
    ['completeWithinSeconds', 30, 900],
    ['maxAttempts', 1, 10],
    ['expiresInSeconds', 60, 600],
  ])('keeps %s within %d and %d', async (name, min, max) => {
    for (const value of [min, max])
      expect((await created({ conditions: { [name]: value } })).conditions[name]).toBe(value);
    for (const value of [min - 1, max + 1, min + 0.5, String(min), null]) {
      const answer = await call('POST', '/v1/policies', aPolicy({ conditions: { [name]: value } }));
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: `/conditions/${name}` }] } });
    }
  });

  it.each([
    ['DIGITS', 4, 5, '5 attempts at 10000 possible codes succeed once in 2000'],
    ['DIGITS', 1, 10, '10 attempts at 10 possible codes succeed once in 1'],
    ['UNAMBIGUOUS', 5, 1, '1 attempts at 33554432 possible codes succeed once in 33554432'],
  ])(
    'refuses a code of %s with %d characters and %d attempts as unsafe, with the chance and what would be safe',
    async (alphabet, length, maxAttempts, chance) => {
      const conditions = { maxAttempts, code: { length, alphabet } };
      const answer = await call('POST', '/v1/policies', aPolicy({ conditions }));
      expect(answer).toMatchObject({ status: 422, body: { code: 'policy-unsafe' } });
      expect(findingsIn(answer)).toEqual(['/conditions policy-unsafe']);
      expect(answer.body.detail).toContain(chance);
      expect(answer.body.detail).toContain('Safe would be code.length 6.');
      await created({ conditions: { maxAttempts, code: { length: 6, alphabet } } });
    },
  );

  it('tells contradictions and findings in the template together', async () => {
    const answer = await call(
      'POST',
      '/v1/policies',
      aPolicy({
        type: 'SMS_OTP',
        conditions: { recipients: { emailDomains: { allow: ['a.example'] } } },
        template: {
          defaultLocale: 'nl',
          link: 'https://x.example',
          locales: { en: { text: 'no', html: '<p></p>' } },
        },
      }),
    );
    expect(answer).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
    expect(findingsIn(answer)).toEqual([
      '/conditions/recipients/emailDomains not-applicable',
      '/template/link not-applicable',
      '/template/locales/en/html not-applicable',
      '/template/defaultLocale locale-missing',
      '/template/locales/en/text code-missing',
      '/template/locales/en/html code-missing',
    ]);
  });

  /** Broken in the request, in the conditions, in the locales' names, in the texts and in the chance of a guess. */
  const BROKEN = {
    colour: 'red',
    description: 'x'.repeat(501),
    conditions: {
      expiresInSeconds: 601,
      maxAttempts: 11,
      code: { length: 4 },
      limits: [
        { per: 'PLANET', max: 1, windowSeconds: 60 },
        { per: 'RECIPIENT', max: 31, windowSeconds: 60 },
        { per: 'RECIPIENT', max: 1, windowSeconds: 60 },
      ],
      recipients: { countries: { allow: ['NL'] } },
    },
    template: {
      defaultLocale: 'en',
      footer: 'x',
      locales: {
        en: { subject: 1, text: 'no secret' },
        n_l: { subject: 'Code', text: '{{ cod }}' },
        fr: 'x',
      },
    },
  };
  const FINDINGS = [
    '/colour unknown-property',
    '/conditions policy-unsafe',
    '/conditions/expiresInSeconds too-large',
    '/conditions/limits/0/per not-allowed',
    '/conditions/limits/1/max too-large',
    '/conditions/limits/2 duplicate',
    '/conditions/maxAttempts too-large',
    '/conditions/recipients/countries not-applicable',
    '/description too-long',
    '/template/footer unknown-property',
    '/template/locales/en/subject type',
    '/template/locales/en/text code-missing',
    '/template/locales/fr type',
    '/template/locales/n_l locale-invalid',
    '/template/locales/n_l/text unknown-variable',
  ];

  it('tells what breaks the contract and what contradicts itself in one answer, whichever check finds it', async () => {
    const answer = await call('POST', '/v1/policies', aPolicy(BROKEN));
    expect(answer).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
    expect(findingsIn(answer).sort()).toEqual(FINDINGS);
    const policy = await created();
    const put = await call('PUT', `/v1/policies/${policy.id}`, { ...policy, ...BROKEN });
    expect(put).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
    expect(findingsIn(put).sort()).toEqual(FINDINGS);
    expect(await call('GET', `/v1/policies/${policy.id}`)).toMatchObject({ body: { version: 1 } });
  });

  it('says nothing of its own about what cannot be read', async () => {
    for (const [given, findings] of [
      [{ type: 'EMAIL' }, ['/type not-allowed']],
      [{ template: 7 }, ['/template type']],
      [{ template: { defaultLocale: 'en', locales: 7 } }, ['/template/locales type']],
      [
        { template: { locales: { en: { subject: 'x', text: '{{ code }}' } } } },
        ['/template/defaultLocale required'],
      ],
      [{ conditions: { code: 7, resend: [] } }, ['/conditions/code type', '/conditions/resend type']],
      [
        { type: 'EMAIL_LINK', purpose: 'CONFIRMATION', conditions: { expiresInSeconds: 3_600 }, template: 7 },
        ['/purpose not-allowed', '/template type'],
      ],
    ] as const) {
      const answer = await call('POST', '/v1/policies', aPolicy(given));
      expect(answer).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
      expect(findingsIn(answer)).toEqual(findings);
    }
  });

  it('refuses a template with every finding by JSON pointer', async () => {
    const answer = await call(
      'POST',
      '/v1/policies',
      aPolicy({
        template: {
          defaultLocale: 'en',
          locales: {
            en: { subject: 'a\r\nBcc: b', html: '{{ code }}' },
            'n/l': { subject: 'x', text: '{{ cod }}' },
          },
        },
      }),
    );
    expect(answer).toMatchObject({ status: 422, body: { code: 'template-invalid' } });
    expect(findingsIn(answer)).toEqual([
      '/template/locales/n~1l locale-invalid',
      '/template/locales/en/text text-missing',
      '/template/locales/en/subject header-injection',
      '/template/locales/n~1l/text unknown-variable',
    ]);
  });

  it('obeys the configuration of the tenant at once', async () => {
    const tenant = api.as('initech');
    const policy = aPolicy({
      type: 'SMS_OTP',
      template: { defaultLocale: 'en', locales: { en: { text: `{{ code }} ${'a'.repeat(200)}` } } },
    });
    const { body } = await tenant('GET', '/v1/configuration');
    await tenant('PUT', '/v1/configuration', { ...body, sms: { ...body.sms, maxSegments: 1 } });
    expect(findingsIn(await tenant('POST', '/v1/policies', policy))).toEqual([
      '/template/locales/en/text sms-too-long',
    ]);
    await tenant('PUT', '/v1/configuration', { ...body, version: 2, sms: { ...body.sms, maxSegments: 2 } });
    expect(await tenant('POST', '/v1/policies', policy)).toMatchObject({ status: 201 });
  });
});

describe('replacing a policy', () => {
  it('demands to be told which version is replaced', async () => {
    const { id, ...policy } = await created();
    const path = `/v1/policies/${id}`;
    expect(await call('PUT', path, { ...policy, version: undefined })).toMatchObject({
      status: 428,
      body: { code: 'precondition-required' },
    });
    expect(await call('PUT', path, { ...policy, version: 1 })).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    expect(await call('PUT', path, { ...policy, version: 1 })).toMatchObject({
      status: 409,
      body: { code: 'policy-version-conflict', currentVersion: 2 },
    });
    const unversioned = without(policy, 'version');
    for (const stale of ['"1"', 'W/"2"', '2', '"1", "3"', ''])
      expect(await call('PUT', path, unversioned, { 'if-match': stale })).toMatchObject({
        status: 412,
        body: { code: 'policy-version-conflict', currentVersion: 2 },
      });
    expect(await call('PUT', path, unversioned, { 'if-match': '"1", "2"' })).toMatchObject({
      status: 200,
      body: { version: 3 },
    });
    expect(await call('PUT', path, unversioned, { 'if-match': '*' })).toMatchObject({
      status: 200,
      body: { version: 4 },
    });
    expect(await call('PUT', path, policy, { 'if-match': '"4"' })).toMatchObject({ status: 409 });
  });

  it('ignores what is read-only', async () => {
    const policy = await created();
    const answer = await call('PUT', `/v1/policies/${policy.id}`, {
      ...policy,
      id: 7,
      createdAt: 'x',
      updatedAt: null,
    });
    expect(answer).toMatchObject({ status: 200, body: { id: policy.id, createdAt: policy.createdAt } });
  });

  it('loses no update: of 20 at once on one ETag, one is made', async () => {
    const policy = await created();
    const content = without(policy, 'version');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        call(
          'PUT',
          `/v1/policies/${policy.id}`,
          { ...content, description: `change ${index}` },
          { 'if-match': '"1"' },
        ),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 412 && body.currentVersion === 2)).toHaveLength(
      19,
    );
    const winner = answers.find(({ status }) => status === 200);
    expect((await call('GET', `/v1/policies/${policy.id}`)).body).toEqual(winner?.body);
  });

  it('says, when the type is changed, that it is fixed, and what else breaks the contract', async () => {
    const policy = await created();
    const path = `/v1/policies/${policy.id}`;
    const put = await call('PUT', path, { ...policy, type: 'SMS_OTP' });
    expect(put).toMatchObject({ status: 422, body: { code: 'policy-type-fixed' } });
    expect(findingsIn(put)).toEqual(['/type policy-type-fixed']);
    const broken = await call('PUT', path, { ...policy, type: 'SMS_OTP', colour: 'red' });
    expect(broken).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
    expect(findingsIn(broken)).toEqual(['/colour unknown-property', '/type policy-type-fixed']);
  });

  it('keeps the type, and the alias of another out of reach', async () => {
    const [policy, other] = [await created(), await created()];
    const path = `/v1/policies/${policy.id}`;
    expect(await call('PUT', path, { ...policy, type: 'SMS_OTP' })).toMatchObject({
      status: 422,
      body: { code: 'policy-type-fixed', detail: 'The policy is of type EMAIL_OTP.' },
    });
    expect(await call('PUT', path, { ...policy, alias: other.alias })).toMatchObject({
      status: 409,
      body: { code: 'policy-alias-taken' },
    });
    expect(await call('GET', path)).toMatchObject({ body: { version: 1, alias: policy.alias } });
  });

  it('replaces all: what is left out gets its default', async () => {
    const policy = await created({ description: 'x', conditions: { maxAttempts: 3 } });
    const answer = await call('PUT', `/v1/policies/${policy.id}`, {
      ...aPolicy({ alias: policy.alias }),
      version: 1,
    });
    expect(answer.body).toMatchObject({ description: null, conditions: { maxAttempts: 5 } });
  });
});

describe('the versions of a policy', () => {
  it('stay as they were and tell who made them, after an update and a delete', async () => {
    const policy = await created({ description: 'first' });
    const path = `/v1/policies/${policy.id}`;
    await call('PUT', path, { ...policy, description: 'second' });
    expect(await call('DELETE', path, undefined, { 'if-match': '"1"' })).toMatchObject({ status: 412 });
    expect(await call('DELETE', path, undefined, { 'if-match': '"2"' })).toMatchObject({ status: 204 });
    expect(await call('GET', path)).toMatchObject({ status: 404, body: { code: 'policy-not-found' } });
    expect(await call('DELETE', path)).toMatchObject({ status: 404 });
    expect(await call('PUT', path, policy)).toMatchObject({ status: 404 });
    const createdBy = { issuer: 'https://login.test', client: 'acme-admin' };
    expect((await call('GET', `${path}/versions/1`)).body).toEqual({ ...policy, createdBy });
    const { body: again } = await call('POST', '/v1/policies', aPolicy());
    const { body: first } = await call('GET', `/v1/policies/${again.id}/versions/1`);
    expect(first).toMatchObject({ createdBy });
    expect(await call('PUT', `/v1/policies/${again.id}`, first)).toMatchObject({ status: 200 });
    expect(await call('GET', `${path}/versions/2`)).toMatchObject({
      status: 200,
      body: { description: 'second', version: 2 },
    });
    expect(await call('GET', `${path}/versions`)).toMatchObject({
      body: {
        items: [
          { version: 2, createdBy },
          { version: 1, createdBy, alias: policy.alias },
        ],
        nextCursor: null,
      },
    });
  });

  it('come in pages, the newest first', async () => {
    const policy = await created();
    const path = `/v1/policies/${policy.id}`;
    for (let version = 1; version < 5; version += 1) await call('PUT', path, { ...policy, version });
    const seen: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: Answer = await call('GET', `${path}/versions?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ version }) => version));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual([5, 4, 3, 2, 1]);
  });

  it.each(['/versions/2', '/versions/0', '/versions/x', '/versions/99999999999'])(
    'are not found at %s',
    async (rest) => {
      const policy = await created();
      expect(await call('GET', `/v1/policies/${policy.id}${rest}`)).toMatchObject({
        status: 404,
        body: { code: 'policy-not-found' },
      });
    },
  );
});

it('answers another tenant and an unknown identifier alike', async () => {
  const policy = await created();
  const other = api.as('globex');
  for (const id of [policy.id, '019b7600-0000-7000-8000-000000000001', 'x'])
    for (const [method, rest, body] of [
      ['GET', ''],
      ['PUT', '', policy],
      ['DELETE', ''],
      ['GET', '/versions'],
      ['GET', '/versions/1'],
      ['POST', '/preview', {}],
    ] as const) {
      const { status, body: problem } = await other(method, `/v1/policies/${id}${rest}`, body);
      expect({ status, code: problem.code, detail: problem.detail }).toMatchObject({
        status: 404,
        code: 'policy-not-found',
      });
    }
  expect(await call('GET', `/v1/policies/${policy.id}`)).toMatchObject({ status: 200 });
});

it('checks a new version while it holds nothing, so that nobody waits for a check', async () => {
  const policy = await created();
  await withClient(database.superuserUrl, async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT FROM policy WHERE id = $1 FOR UPDATE', [policy.id]);
    const template = { defaultLocale: 'en', locales: { en: { subject: 'Code', text: 'none' } } };
    const answer = await call('PUT', `/v1/policies/${policy.id}`, { ...policy, template });
    expect(answer).toMatchObject({ status: 422, body: { code: 'template-invalid' } });
    await client.query('ROLLBACK');
  });
});

it('refuses a new version whose predecessor was replaced or deleted during the check', async () => {
  const policy = await created();
  const path = `/v1/policies/${policy.id}`;
  const [first, second] = await Promise.all([call('PUT', path, policy), call('PUT', path, policy)]);
  expect([first.status, second.status].sort()).toEqual([200, 409]);
});

describe('listing policies', () => {
  it('shows each that is there throughout exactly once, while others come and go', async () => {
    const tenant = api.as('hooli');
    const stay: string[] = [];
    const go: string[] = [];
    for (let index = 0; index < 24; index += 1)
      (index % 2 === 0 ? stay : go).push((await created({}, tenant)).id);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: Answer = await tenant('GET', `/v1/policies?limit=3${cursor && `&cursor=${cursor}`}`);
      expect(body.items.length).toBeLessThanOrEqual(3);
      seen.push(...body.items.map(({ id }) => id));
      cursor = body.nextCursor;
      await tenant('DELETE', `/v1/policies/${go.pop()}`);
      await created({}, tenant);
      // The one that the cursor stands on may go as well.
      const last = seen.at(-1) ?? '';
      if (go.includes(last)) await tenant('DELETE', `/v1/policies/${go.splice(go.indexOf(last), 1)[0]}`);
      if (seen.length > 60) break;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(stay.filter((id) => !seen.includes(id))).toEqual([]);
  });

  it('shows a summary and 50 at a time', async () => {
    const tenant = api.as('umbrella');
    expect((await tenant('GET', '/v1/policies')).body).toEqual({ items: [], nextCursor: null });
    const { id, alias, type, version } = await created({}, tenant);
    expect((await tenant('GET', '/v1/policies')).body).toEqual({
      items: [{ id, alias, type, version }],
      nextCursor: null,
    });
    for (let index = 0; index < 50; index += 1) await created({}, tenant);
    const { body } = await tenant('GET', '/v1/policies');
    expect(body.items).toHaveLength(50);
    expect(typeof body.nextCursor).toBe('string');
  });

  it.each(['0', '201', '-1', '1.5', 'x', '', '1e2', '0x10', '2&limit=3'])(
    'refuses a limit of %j',
    async (limit) => {
      expect(await call('GET', `/v1/policies?limit=${limit}`)).toMatchObject({
        status: 400,
        body: { errors: [{ pointer: '/limit' }] },
      });
    },
  );

  it('takes a cursor for a day, and none that is older', async () => {
    const { id } = await created();
    const madeBefore = (hours: number): string => {
      jest.useFakeTimers({ now: Date.now() - hours * 3_600_000 });
      try {
        return api.cursors.write('acme', 'policies', id);
      } finally {
        jest.useRealTimers();
      }
    };
    expect(await call('GET', `/v1/policies?cursor=${madeBefore(23)}`)).toMatchObject({ status: 200 });
    expect(await call('GET', `/v1/policies?cursor=${madeBefore(25)}`)).toMatchObject({
      status: 400,
      body: { code: 'request-invalid', errors: [{ pointer: '/cursor', code: 'cursor-invalid' }] },
    });
  });

  it('refuses a cursor that is forged, foreign or of another list', async () => {
    const [policy] = [await created(), await created()];
    const { nextCursor } = (await call('GET', '/v1/policies?limit=1')).body;
    const [keyId, madeAt, position, mac] = JSON.parse(
      Buffer.from(nextCursor ?? '', 'base64url').toString(),
    ) as [string, string, string, string];
    const forged = (parts: unknown): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
    const cursors = [
      'x',
      '"',
      forged({}),
      forged([keyId, madeAt, '019b7600-0000-7000-8000-000000000001', mac]),
      forged([keyId, String(Number(madeAt) + 1), position, mac]),
      forged(['k2', madeAt, position, mac]),
      forged([keyId, madeAt, position, mac.slice(2)]),
      forged([keyId, madeAt, position, null]),
    ];
    for (const cursor of cursors)
      expect(await call('GET', `/v1/policies?cursor=${encodeURIComponent(cursor)}`)).toMatchObject({
        status: 400,
        body: { code: 'request-invalid', errors: [{ pointer: '/cursor' }] },
      });
    expect(await api.as('globex')('GET', `/v1/policies?cursor=${nextCursor}`)).toMatchObject({ status: 400 });
    expect(await call('GET', `/v1/policies/${policy.id}/versions?cursor=${nextCursor}`)).toMatchObject({
      status: 400,
    });
    expect(await call('GET', `/v1/policies?cursor=${nextCursor}`)).toMatchObject({ status: 200 });
  });
});

describe('previewing a policy', () => {
  it('shows the message, how it travels and what lint says', async () => {
    const policy = await created({
      type: 'SMS_OTP',
      template: {
        defaultLocale: 'en',
        originDomain: 'app.acme.example',
        locales: {
          en: { text: '{{ code }} en' },
          nl: { text: '{{ code }} voor {{ variables.name | truncate: 20 }}' },
        },
      },
    });
    const preview = await call('POST', `/v1/policies/${policy.id}/preview`, {
      locale: 'nl-BE',
      recipient: '+31612345678',
    });
    expect(preview).toMatchObject({ status: 200 });
    expect(preview.body).toEqual({
      locale: 'nl',
      subject: null,
      text: '408391 voor [name]\n@app.acme.example #408391',
      html: null,
      sms: { encoding: 'GSM-7', units: 46, segments: 1 },
      // SMS go nowhere until countries are listed.
      findings: [
        {
          pointer: '/recipient',
          code: 'recipient-not-allowed',
          detail: 'The country of the number is not enabled.',
        },
      ],
    });
    const given = await call('POST', `/v1/policies/${policy.id}/preview`, {
      locale: 'nl',
      variables: { name: 'Жанна' },
    });
    expect(given.body).toMatchObject({
      text: '408391 voor Жанна\n@app.acme.example #408391',
      sms: { encoding: 'UCS-2' },
    });
  });

  it('tells what a later configuration makes of a saved template', async () => {
    const tenant = api.as('piedpiper');
    const { body } = await tenant('GET', '/v1/configuration');
    await tenant('PUT', '/v1/configuration', {
      ...body,
      links: { allowedOrigins: ['http://localhost:3000'] },
    });
    const policy = (await tenant('POST', '/v1/policies', POLICY_EXAMPLES.EMAIL_LINK.value)).body;
    await tenant('PUT', '/v1/configuration', { ...body, version: 2 });
    const preview = await tenant('POST', `/v1/policies/${policy.id}/preview`, {});
    expect(preview).toMatchObject({
      status: 200,
      body: { findings: [{ pointer: '/template/link', code: 'origin-not-allowed' }] },
    });
    expect(preview.body.html).toMatch(
      /href="http:\/\/localhost:3000\/confirm\?challenge=[0-9a-f-]+#token=[\w-]{43}"/,
    );
  });

  it.each([
    ['EMAIL_OTP', 'nobody', 'recipient-invalid'],
    ['EMAIL_OTP', '+31612345678', 'recipient-invalid'],
    ['EMAIL_OTP', 'ada@blocked.example', 'recipient-not-allowed'],
    ['TOKEN', 'ada@example.com', 'not-allowed'],
  ])('tells of a recipient that a create would refuse: %s to %s', async (type, recipient, code) => {
    const { id } = await created({
      type,
      ...(type === 'TOKEN'
        ? { template: null }
        : { conditions: { recipients: { emailDomains: { block: ['blocked.example'] } } } }),
    });
    const preview = await call('POST', `/v1/policies/${id}/preview`, { recipient });
    expect(preview).toMatchObject({ status: 200, body: { findings: [{ pointer: '/recipient', code }] } });
    expect(JSON.stringify(preview.body)).not.toContain(recipient);
    const { body } = await call('POST', `/v1/policies/${id}/preview`, { recipient: undefined });
    expect(body).toMatchObject({ findings: [] });
  });

  it('tells of values that a create would refuse', async () => {
    const { id } = await created();
    const preview = await call('POST', `/v1/policies/${id}/preview`, { variables: { a: 'x\u0007' } });
    expect(preview.body).toMatchObject({
      findings: [{ pointer: '/variables/a', code: 'control-character' }],
    });
  });

  it('tells what breaks the contract and what cannot be rendered in one answer', async () => {
    const twice = '{% for a in xs %}{% for b in xs %}x{% endfor %}{% endfor %}';
    const text = `{{ code }}{% assign xs = variables.name | split: "" %}${twice}`;
    const policy = await created({
      template: { defaultLocale: 'en', locales: { en: { subject: 'Code', text } } },
    });
    const preview = (request: object): Promise<Answer> =>
      call('POST', `/v1/policies/${policy.id}/preview`, request);
    const name = 'x'.repeat(512);
    const unrenderable = await preview({ variables: { name } });
    expect(unrenderable).toMatchObject({ status: 422, body: { code: 'template-invalid' } });
    expect(findingsIn(unrenderable)).toEqual(['/template too-complex']);
    const broken = await preview({ variables: { name, 'a/b': 1 }, locale: 'not a locale', colour: 'red' });
    expect(broken).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
    expect(findingsIn(broken).sort()).toEqual([
      '/colour unknown-property',
      '/locale locale',
      '/template too-complex',
      '/variables/a~1b type',
    ]);
  });

  it('has nothing to show for TOKEN', async () => {
    const policy = await created({ type: 'TOKEN', template: null });
    expect((await call('POST', `/v1/policies/${policy.id}/preview`, {})).body).toEqual({
      locale: null,
      subject: null,
      text: null,
      html: null,
      sms: null,
      findings: [],
    });
  });
});
