import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Acs, startAcs } from '../support/acs.js';
import { eventually } from '../support/eventually.js';
import { contractOf, type OpenApiContract } from '../support/openapi-contract.js';
import { send } from '../support/openapi-raw-client.js';
import { type RawAnswer, RawConnection } from '../support/openapi-socket.js';

const SOME_ID = '019b7600-0000-7000-8000-000000000001';
const CREATE = 'POST /v1/challenges HTTP/1.1';

describe('HTTP itself', () => {
  let acs: Acs;
  let contract: OpenApiContract;
  let url: string;
  let authorization: string;

  beforeAll(async () => {
    acs = await startAcs({ workers: 0 });
    url = acs.apis[0]!.url;
    contract = await contractOf(url);
    authorization = `Bearer ${await acs.token('acme')}`;
  });

  afterAll(async () => {
    await acs.stop();
  });

  /** The one answer to what is sent, which must be a whole problem document. */
  async function problemOf(
    ...chunks: readonly string[]
  ): Promise<RawAnswer & { problem: Record<string, unknown> }> {
    const connection = await RawConnection.open(url);
    for (const chunk of chunks) connection.write(chunk);
    const [answer] = await connection.answers(1);
    connection.close();
    expect(answer!.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const problem = JSON.parse(answer!.body) as Record<string, unknown>;
    const validate = contract.validator('components', 'schemas', 'Problem');
    expect({ valid: validate(problem), errors: validate.errors }).toEqual({ valid: true, errors: null });
    // What is no HTTP has no operation: it is answered as every operation may be.
    const { status, body } = answer!;
    if ([400, 408, 431].includes(status))
      contract.check({
        method: 'GET',
        path: '/v1/policies',
        status,
        headers: new Headers([...answer!.headers]),
        text: body,
      });
    expect(problem).toMatchObject({
      status: answer!.status,
      type: `${url}/problems/${String(problem['code'])}`,
    });
    return { ...answer!, problem };
  }

  const head = (line: string, ...fields: readonly string[]): string =>
    [line, 'Host: acs', `Authorization: ${authorization}`, ...fields, '', ''].join('\r\n');
  const JSON_TYPE = 'Content-Type: application/json';

  it.each([
    ['OPTIONS', '/v1/challenges', 'POST'],
    ['TRACE', '/v1/configuration', 'GET, HEAD, PUT'],
    ['PATCH', `/v1/policies/${SOME_ID}`, 'DELETE, GET, HEAD, PUT'],
    ['QUERY', '/v1/policies', 'GET, HEAD, POST'],
    ['PROPFIND', `/v1/challenges/${SOME_ID}/answer`, 'POST'],
    ['POST', '/docs', 'GET, HEAD'],
    ['DELETE', '/problems/overloaded', 'GET, HEAD'],
  ])('answers %s %s with 405 and the methods there are', async (method, path, allow) => {
    const answer = await problemOf(head(`${method} ${path} HTTP/1.1`));
    expect(answer.problem).toMatchObject({ code: 'method-not-allowed', instance: path });
    expect(answer.headers.get('allow')).toBe(allow);
  });

  it.each([
    '/',
    '/v1',
    '/v1/nothing',
    '/v1/configuration/',
    '//v1/configuration',
    '/v1/../v1/configuration',
    '/V1/configuration',
    '/docs/LICENSE',
    '/docs/nothing.js',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/docs/..%2f..%2fpackage.json',
    '*',
    'http://acs/v1/nothing?a=1',
  ])('knows no %s', async (path) => {
    const { problem } = await problemOf(head(`GET ${path} HTTP/1.1`));
    expect(problem).toMatchObject({ code: 'route-not-found' });
  });

  it.each([
    'a%2Fb',
    '%00',
    '%ED%A0%80',
    '%F0%9F%98%80',
    '%252e',
    "';--",
    'x'.repeat(101),
    'x'.repeat(10_000),
  ])('knows no challenge of the id %s', async (id) => {
    const { problem } = await problemOf(head(`GET /v1/challenges/${id} HTTP/1.1`));
    expect(['challenge-not-found', 'request-malformed']).toContain(problem['code']);
  });

  it.each([
    ['a path that cannot be decoded', 'GET /v1/challenges/%zz HTTP/1.1', []],
    ['a length that is no number', CREATE, [JSON_TYPE, 'Content-Length: two']],
    ['two lengths', CREATE, [JSON_TYPE, 'Content-Length: 2', 'Content-Length: 3']],
    ['a length and chunks', CREATE, [JSON_TYPE, 'Content-Length: 2', 'Transfer-Encoding: chunked']],
    ['an unknown method', 'FETCH /v1/challenges HTTP/1.1', []],
    ['a tunnel', 'CONNECT acs:443 HTTP/1.1', []],
    ['another version of HTTP', 'GET /v1/configuration HTTP/3.0', []],
    ['NUL in a header', 'GET /v1/configuration HTTP/1.1', ['X-A: a\0b']],
    ['a folded header', 'GET /v1/configuration HTTP/1.1', ['X-A: a', ' b']],
    ['no HTTP', '\x16\x03\x01', []],
  ])('answers %s with 400', async (_name, line, fields) => {
    const { status, problem } = await problemOf(head(line, ...fields), '{}');
    expect({ status, code: problem['code'] }).toEqual({ status: 400, code: 'request-malformed' });
  });

  it('answers a request without Host with 400', async () => {
    expect(await problemOf('GET /v1/configuration HTTP/1.1\r\n\r\n')).toMatchObject({ status: 400 });
  });

  it('answers a header of more than 16 KiB with 431', async () => {
    const answer = await problemOf(head('GET /v1/configuration HTTP/1.1', `X-A: ${'x'.repeat(17_000)}`));
    expect(answer).toMatchObject({ status: 431, problem: { code: 'request-malformed' } });
  });

  it('answers a body of more than 64 KiB with 413, announced or in chunks', async () => {
    const announced = await problemOf(head(CREATE, JSON_TYPE, 'Content-Length: 65537'), '{');
    expect(announced).toMatchObject({ status: 413, problem: { code: 'body-too-large' } });
    const chunk = `2000\r\n${' '.repeat(0x2000)}\r\n`;
    const chunked = await problemOf(head(CREATE, JSON_TYPE, 'Transfer-Encoding: chunked'), chunk.repeat(9));
    expect(chunked).toMatchObject({ status: 413, problem: { code: 'body-too-large' } });
  });

  it('answers what comes too slowly with 408', async () => {
    const slow = [
      ['nothing at all'],
      ['half a header', 'GET /v1/configuration HTTP/1.1\r\nHost: acs\r\n'],
      ['half a body', head(CREATE, JSON_TYPE, 'Content-Length: 100'), '{'],
    ];
    const answers = await Promise.all(slow.map(async ([, ...chunks]) => await problemOf(...chunks)));
    expect(answers.map(({ status }) => status)).toEqual([408, 408, 408]);
  }, 20_000);

  it('answers a body that drips with 408', async () => {
    const connection = await RawConnection.open(url);
    connection.write(head(CREATE, JSON_TYPE, 'Content-Length: 1000'));
    const drip = setInterval(() => {
      connection.write(' ');
    }, 250);
    const [answer] = await connection.answers(1);
    clearInterval(drip);
    connection.close();
    expect(answer).toMatchObject({ status: 408 });
    expect(answer!.headers.get('access-control-allow-origin')).toBe(url);
    expect(answer!.headers.get('ratelimit')).toMatch(/^"failed-authentications";r=\d+;t=\d+$/);
  }, 20_000);

  it.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/json; charset=utf-16', {}],
    ['application/json; charset=latin1', {}],
    [';', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
    ['application/json', { 'content-encoding': 'br' }],
  ])('refuses a body of %s %j with 415', async (type, headers) => {
    const api = acs.api('acme');
    const answer = await api.request('POST', '/v1/challenges', '{}', { 'content-type': type, ...headers });
    expect(answer).toMatchObject({ status: 415, body: { code: 'media-type-unsupported' } });
  });

  it.each([
    ['application/json', '\ufeff{}'],
    ['application/json; charset=utf-8', '{}'],
    ['application/json;charset="UTF-8"', '{}'],
    ['APPLICATION/JSON', '{}'],
  ])('reads a body of %s', async (type, body) => {
    const { body: problem } = await acs
      .api('acme')
      .request('POST', '/v1/challenges', body, { 'content-type': type });
    expect(problem).toMatchObject({ code: 'request-invalid', errors: [{ pointer: '/policyAlias' }] });
  });

  it('takes the first of two media types, as Node does, and ignores an expectation that it does not know', async () => {
    const two = [JSON_TYPE, 'Content-Type: text/plain', 'Content-Length: 2'];
    expect(await problemOf(head(CREATE, ...two), '{}')).toMatchObject({ status: 400 });
    const expecting = [JSON_TYPE, 'Expect: a-miracle', 'Content-Length: 2'];
    expect(await problemOf(head(CREATE, ...expecting), '{}')).toMatchObject({ status: 400 });
    const patient = [JSON_TYPE, 'Expect: 100-continue', 'Content-Length: 2'];
    expect(await problemOf(head(CREATE, ...patient), '{}')).toMatchObject({ status: 400 });
  });

  it('needs no body, and no media type, where nothing has to be said', async () => {
    const { body } = await acs
      .api('acme')
      .createChallenge({ policyAlias: 'password-reset', recipient: 'h@example.com' });
    const path = `/v1/challenges/${body.id}`;
    for (const [operation, code] of [
      ['resend', 'resend-too-soon'],
      ['complete', 'challenge-state-conflict'],
    ]) {
      const answer = await send(url, 'POST', `${path}/${operation!}`, { authorization });
      contract.check({ method: 'POST', path: `${path}/${operation!}`, ...answer });
      expect(JSON.parse(answer.text)).toMatchObject({ code });
    }
    const cancelled = await send(url, 'DELETE', path, { authorization, 'content-length': '4' }, '{bad');
    expect(cancelled.status).toBe(200);
  });

  it('answers HEAD as GET, without the body', async () => {
    for (const path of ['/v1/configuration', '/v1/policies', `/v1/challenges/${SOME_ID}`]) {
      const get = await send(url, 'GET', path, { authorization });
      const headed = await send(url, 'HEAD', path, { authorization });
      contract.check({ method: 'HEAD', path, ...headed });
      expect({ status: headed.status, text: headed.text }).toEqual({ status: get.status, text: '' });
      expect(headed.headers.get('content-type')).toBe(get.headers.get('content-type'));
      expect(headed.headers.get('etag')).toBe(get.headers.get('etag'));
    }
  });

  it('shows nothing of what it is built with, and what browsers should know', async () => {
    for (const path of [
      '/v1/configuration',
      '/v1/nothing',
      '/docs',
      '/openapi.json',
      '/problems/overloaded',
      '/health/live',
    ]) {
      const { headers } = await send(url, 'GET', path, {});
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('access-control-allow-origin')).toBe(url);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'.*frame-ancestors 'none'/);
      expect(headers.get('strict-transport-security')).toBeNull();
    }
  });

  it('says how many failed authentications are left, and that none are', async () => {
    const left = async (): Promise<[number, string | null]> => {
      const { status, headers } = await send(url, 'GET', '/v1/configuration', { authorization: 'Bearer x' });
      return [status, headers.get('ratelimit')];
    };
    const [, before] = await left();
    const [, after] = await left();
    const remaining = (field: string | null): number =>
      Number(/^"failed-authentications";r=(\d+);t=\d+$/.exec(field!)![1]);
    expect(remaining(after)).toBe(remaining(before) - 1);
    await eventually(async () => (await left())[0] === 429, { everyMs: 0 });
    expect((await left())[1]).toMatch(/^"failed-authentications";r=0;t=\d+$/);
    expect((await acs.api('acme').getConfiguration()).status).toBe(200);
  });

  it('behind TLS says so to browsers, and is described by its public URL', async () => {
    const api = await acs.addApi({ PUBLIC_URL: 'https://acs.example' });
    const response = await fetch(`${api.url}/openapi.json`);
    expect(response.headers.get('strict-transport-security')).toMatch(/^max-age=\d+$/);
    expect(await response.json()).toMatchObject({ servers: [{ url: 'https://acs.example' }] });
  });

  it('ends what has begun when it shuts down, and answers what still comes with 503', async () => {
    const api = await acs.addApi();
    const begun = await RawConnection.open(api.url);
    begun.write(`${head(CREATE, JSON_TYPE, 'Content-Length: 2')}{`);
    const late = await RawConnection.open(api.url);
    const request = head('GET /v1/configuration HTTP/1.1');
    late.write(request.slice(0, -2));
    // Only what has been read counts as begun.
    await fetch(`${api.url}/health/live`);
    const stopped = api.child.stop();
    await eventually(async () => await refusesConnections(api.url));
    begun.write('}');
    late.write(request.slice(-2));
    const [[answer], [refusal]] = await Promise.all([begun.answers(1), late.answers(1)]);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer!.headers.get('connection')).toBe('close');
    expect(refusal).toMatchObject({ status: 503 });
    expect(refusal!.headers.get('connection')).toBe('close');
    expect(refusal!.headers.get('retry-after')).toBe('1');
    expect(JSON.parse(refusal!.body)).toMatchObject({ code: 'unavailable', instance: '/v1/configuration' });
    await stopped;
  });

  it('is no defect to the process, whatever came', () => {
    const defects = acs.apis.flatMap(({ lines }) =>
      lines.filter((line) => /Unexpected failure|"level":60/.test(line)),
    );
    expect(defects).toEqual([]);
  });
});

async function refusesConnections(url: string): Promise<boolean> {
  try {
    (await RawConnection.open(url)).close();
    return false;
  } catch {
    return true;
  }
}
