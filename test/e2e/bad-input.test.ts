import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withClient } from '../../scripts/quickstart/database.js';
import { type Acs, startAcs } from '../support/acs.js';

describe('bad input', () => {
  let acs: Acs;

  beforeAll(async () => {
    acs = await startAcs({ workers: 0 });
  });

  afterAll(async () => {
    await acs.stop();
  });

  it('gets a problem document that names every finding at once', async () => {
    const { status, headers, body } = await acs.api('acme').createChallenge({
      policyAlias: 7,
      recipient: '',
      subject: 'x'.repeat(256),
      action: { name: '', detail: {} },
      locale: 'not a locale',
      variables: { a: 1 },
      metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, ''])),
      client: { ip: '999.1.1.1' },
      tenant: 'globex',
    });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ code: 'request-invalid', status: 400, instance: '/v1/challenges' });
    expect(body.type).toBe(`${acs.apis[0]!.url}/problems/request-invalid`);
    expect(body['traceId']).toMatch(/^[0-9a-f]{32}$/);
    const pointers = new Set(body.errors?.map(({ pointer }) => pointer));
    expect(pointers).toEqual(
      new Set([
        '/policyAlias',
        '/recipient',
        '/subject',
        '/action/name',
        '/action/detail',
        '/locale',
        '/variables/a',
        '/metadata',
        '/client/ip',
        '/tenant',
      ]),
    );
  });

  it('names what the policy finds too, beside what breaks the contract', async () => {
    const api = acs.api('acme');
    const policy = {
      alias: 'named-payment',
      type: 'EMAIL_OTP',
      conditions: { requireAction: true, recipients: { emailDomains: { block: ['example.org'] } } },
      template: {
        defaultLocale: 'en',
        locales: {
          en: { subject: 'Code', text: '{{ code }} for {{ variables.name }} at {{ variables.place }}' },
        },
      },
    };
    expect((await api.createPolicy(policy)).status).toBe(201);
    const findings = async (request: object, status: number, code: string): Promise<string[]> => {
      const { body, status: actual } = await api.createChallenge({
        policyAlias: 'named-payment',
        ...request,
      });
      expect({ status: actual, code: body.code }).toEqual({ status, code });
      return body.errors!.map(({ pointer, code: finding }) => `${pointer} ${finding}`).sort();
    };
    const broken = { locale: 'not a locale', variables: { 'na/me': 1, name: 'x'.repeat(513) } };
    expect(await findings(broken, 400, 'request-invalid')).toEqual([
      '/action action-required',
      '/locale locale',
      '/recipient required',
      '/variables/name too-long',
      '/variables/na~1me type',
      '/variables/place required',
    ]);
    expect(await findings({ recipient: 'a@example.org', colour: 'red' }, 400, 'request-invalid')).toEqual([
      '/action action-required',
      '/colour unknown-property',
      '/recipient recipient-not-allowed',
      '/variables/name required',
      '/variables/place required',
    ]);
    expect(await findings({ recipient: 'nobody', variables: { name: 'a' } }, 400, 'request-invalid')).toEqual(
      ['/action action-required', '/recipient recipient-invalid', '/variables/place required'],
    );
    const variables = { name: 'a', place: 'b' };
    expect(await findings({ recipient: 'a@example.org', variables }, 422, 'action-required')).toEqual([
      '/action action-required',
      '/recipient recipient-not-allowed',
    ]);
    expect(await findings({ policyAlias: 'nobody', colour: 'red' }, 400, 'request-invalid')).toEqual([
      '/colour unknown-property',
      '/policyAlias policy-unknown',
    ]);
  });

  it('leaves its idempotency key free for the request that is right', async () => {
    const key = { 'idempotency-key': 'bad-input-corrected' };
    const request = { policyAlias: 'nobody' };
    const broken = await acs.api('acme').createChallenge({ ...request, locale: 'not a locale' }, key);
    expect(broken).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
    const right = await acs.api('acme').createChallenge(request, key);
    expect(right).toMatchObject({ status: 422, body: { code: 'policy-unknown' } });
  });

  it.each([
    ['malformed JSON', '{"policyAlias":', 400, 'request-malformed'],
    ['no object', '[]', 400, 'request-invalid'],
    ['text alone', '"x"', 400, 'request-invalid'],
    ['null', 'null', 400, 'request-invalid'],
    [
      'a body of more than 64 KiB',
      JSON.stringify({ policyAlias: 'x'.repeat(70_000) }),
      413,
      'body-too-large',
    ],
    ['NUL in a text', '{"policyAlias":"a\\u0000b"}', 400, 'request-invalid'],
    ['a prototype', '{"policyAlias":"x","__proto__":{"a":1}}', 400, 'request-invalid'],
    [
      'thirty thousand levels',
      `{"policyAlias":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
      400,
      'request-invalid',
    ],
  ])('refuses %s', async (_name, body, status, code) => {
    const answer = await acs.api('acme').request('POST', '/v1/challenges', body);
    expect(answer).toMatchObject({ status, body: { code } });
  });

  it.each([
    [
      'an alias that no policy has',
      { policyAlias: 'nobody', recipient: 'a@example.com' },
      422,
      'policy-unknown',
    ],
    ['an invalid address', { policyAlias: 'password-reset', recipient: 'nobody' }, 422, 'recipient-invalid'],
    [
      'a line break in an address',
      { policyAlias: 'password-reset', recipient: 'a@example.com\r\nBcc: b@example.com' },
      422,
      'recipient-invalid',
    ],
    ['no recipient', { policyAlias: 'password-reset' }, 400, 'request-invalid'],
  ])('refuses %s', async (_name, body, status, code) => {
    expect(await acs.api('acme').createChallenge(body)).toMatchObject({ status, body: { code } });
  });

  it('refuses control characters in what reaches a header, all of them at once', async () => {
    const api = acs.api('acme');
    const template = {
      defaultLocale: 'en',
      locales: {
        en: {
          subject: '{{ action.name }} {{ variables.name }} {{ action.details.to }}',
          text: '{{ code }} {{ variables.note }}',
        },
        nl: { subject: 'Code {{ variables.naam }}', text: '{{ code }}' },
      },
    };
    expect(await api.createPolicy({ alias: 'header', type: 'EMAIL_OTP', template })).toMatchObject({
      status: 201,
    });
    const request = {
      policyAlias: 'header',
      recipient: 'ada@example.com',
      action: { name: 'pay\r\nBcc: b@example.com', details: { to: ['you', 'me\n'] } },
      variables: { name: 'Ada\nX: y', note: 'over\r\n\ttwo lines', naam: '\u2028', other: 'a\u0007b' },
    };
    const { status, body } = await api.createChallenge(request);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'request-invalid' });
    expect(body.errors?.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/variables/name control-character',
      '/variables/naam control-character',
      '/variables/other control-character',
      '/action/name control-character',
      '/action/details/to/1 control-character',
    ]);
  });

  it('refuses another media type, an unacceptable answer, an unknown path and a wrong method', async () => {
    const api = acs.api('acme');
    const typed = (contentType: string) =>
      api.request('POST', '/v1/challenges', 'policyAlias=x', { 'content-type': contentType });
    expect(await typed('application/x-www-form-urlencoded')).toMatchObject({
      status: 415,
      body: { code: 'media-type-unsupported' },
    });
    expect(await typed('text/plain')).toMatchObject({ status: 415 });
    expect(await api.request('GET', '/v1/configuration', undefined, { accept: 'text/html' })).toMatchObject({
      status: 406,
      body: { code: 'not-acceptable' },
    });
    expect(await api.request('GET', '/v1/nothing')).toMatchObject({
      status: 404,
      body: { code: 'route-not-found' },
    });
    const wrongMethod = await api.request('PATCH', '/v1/configuration', {});
    expect(wrongMethod).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
    expect(wrongMethod.headers.get('allow')).toBe('GET, HEAD, PUT');
  });

  it('explains each problem on a page of its own', async () => {
    const url = acs.apis[0]!.url;
    const page = await fetch(`${url}/problems/answer-incorrect`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('The answer is wrong');
    const json = await fetch(`${url}/problems/answer-incorrect`, { headers: { accept: 'application/json' } });
    expect(await json.json()).toMatchObject({ code: 'answer-incorrect', status: 422 });
    expect((await fetch(`${url}/problems/toString`)).status).toBe(404);
  });

  it('leaves nothing behind', async () => {
    const count = await withClient(acs.database.superuserUrl, (client) =>
      client.query('SELECT FROM challenge'),
    );
    expect(count.rowCount).toBe(0);
  });
});
