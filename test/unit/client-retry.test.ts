import { describe, expect, it, jest } from '@jest/globals';
import {
  AcsClient,
  type AcsClientOptions,
  ConnectionError,
  isProblem,
  ProblemError,
  TokenError,
} from '../../clients/typescript/src/index.js';

const CREATE = { policyAlias: 'password-reset', recipient: 'ada@example.com' };
const TOKEN_URL = 'https://login.example/token';
const CREDENTIALS = {
  tokenUrl: TOKEN_URL,
  clientId: 'a:c',
  clientSecret: 's ecret',
  scope: 'challenge:post',
};

type Outcome = Response | Error | ((request: Request) => Response | Promise<Response>);

/** A network that gives these outcomes in their order, and keeps what was sent. */
class Network {
  readonly sent: Request[] = [];

  constructor(private readonly outcomes: Outcome[]) {}

  readonly fetch = async (request: Request): Promise<Response> => {
    this.sent.push(request.clone());
    const outcome = this.outcomes.shift();
    if (outcome === undefined) throw new Error(`Nothing is to answer ${request.method} ${request.url}`);
    if (outcome instanceof Error) throw outcome;
    return typeof outcome === 'function' ? await outcome(request) : outcome;
  };

  client(options: Partial<AcsClientOptions> = {}): AcsClient {
    const credentials = (): Promise<string> => Promise.resolve('a token');
    return new AcsClient({ url: 'https://acs.example', credentials, fetch: this.fetch, ...options });
  }

  header(name: string): (string | null)[] {
    return this.sent.map(({ headers }) => headers.get(name));
  }
}

function challenge(id = 'one'): Response {
  return Response.json({ id }, { status: 201 });
}

function problem(status: number, code: string, retryAfter?: string, members: object = {}): Response {
  const body = {
    type: '',
    title: '',
    status,
    detail: 'why',
    instance: '',
    code,
    traceId: '4bf9',
    ...members,
  };
  const headers = { 'content-type': 'application/problem+json' };
  return new Response(JSON.stringify(body), {
    status,
    headers: retryAfter === undefined ? headers : { ...headers, 'retry-after': retryAfter },
  });
}

function brokenOff(): ReadableStream {
  return new ReadableStream({
    pull: (controller) => {
      controller.error(new TypeError('terminated'));
    },
  });
}

function token(value: string, expiresIn?: number): Response {
  return Response.json({ access_token: value, token_type: 'Bearer', expires_in: expiresIn });
}

describe('the client sends again', () => {
  it.each<[string, () => Outcome]>([
    ['a broken connection', () => new TypeError('fetch failed')],
    ['an answer that breaks off', () => new Response(brokenOff(), { status: 201 })],
    ["a gateway's 502", () => new Response('<html>', { status: 502 })],
    ['503 without a time', () => problem(503, 'unavailable')],
    ['503 with one', () => problem(503, 'overloaded', '0')],
    ['429 with one', () => problem(429, 'rate-limited', '0')],
    ['429 with a date that is over', () => problem(429, 'rate-limited', 'Sun, 06 Nov 1994 08:49:37 GMT')],
    ['a key whose first request still runs', () => problem(409, 'idempotency-in-progress', '0')],
    ['an answer that is still being checked', () => problem(409, 'challenge-state-conflict', '0')],
  ])('after %s, under one idempotency key', async (_, first) => {
    const network = new Network([first(), challenge()]);
    expect(await network.client().challenges.create(CREATE)).toEqual({ id: 'one' });
    const [key, again] = network.header('idempotency-key');
    expect(key).toMatch(/^[\x21-\x7e]{36}$/);
    expect(again).toBe(key);
    expect(await Promise.all(network.sent.map((request) => request.json()))).toEqual([CREATE, CREATE]);
  });

  it('no sooner than Retry-After says', async () => {
    const network = new Network([problem(503, 'overloaded', '1'), challenge()]);
    const from = performance.now();
    await network.client().challenges.create(CREATE);
    expect(performance.now() - from).toBeGreaterThanOrEqual(990);
  });

  it('with another key for another call, or the one that it is given', async () => {
    const network = new Network([challenge(), challenge(), challenge()]);
    const { challenges } = network.client();
    await challenges.create(CREATE);
    await challenges.create(CREATE);
    await challenges.create(CREATE, { idempotencyKey: 'order-1234' });
    const [one, other, own] = network.header('idempotency-key');
    expect(one).not.toBe(other);
    expect(own).toBe('order-1234');
  });

  it('as often as it may, then throws what came last', async () => {
    const network = new Network(Array.from({ length: 3 }, () => problem(503, 'overloaded', '0')));
    await expect(network.client({ retries: 2 }).challenges.create(CREATE)).rejects.toMatchObject({
      name: 'ProblemError',
      status: 503,
      code: 'overloaded',
      retryAfterSeconds: 0,
    });
    expect(network.sent).toHaveLength(3);
  });

  it.each<[string, () => Outcome, object]>([
    ['what is refused for good', () => problem(422, 'answer-incorrect'), { code: 'answer-incorrect' }],
    ['a channel that is off', () => problem(503, 'channel-disabled'), { code: 'channel-disabled' }],
    ['429 without a time', () => problem(429, 'rate-limited'), { code: 'rate-limited' }],
    [
      'what would take too long',
      () => problem(429, 'resend-too-soon', '30'),
      { code: 'resend-too-soon', retryAfterSeconds: 30 },
    ],
    [
      'a conflict that stays one',
      () => problem(409, 'challenge-already-active', '1'),
      { code: 'challenge-already-active' },
    ],
  ])('nothing of %s', async (_, refusal, thrown) => {
    const network = new Network([refusal()]);
    await expect(network.client().challenges.create(CREATE)).rejects.toMatchObject(thrown);
    expect(network.sent).toHaveLength(1);
  });

  it('no POST without a key whose outcome is unknown, but one that was refused', async () => {
    const lost = new Network([new TypeError('fetch failed')]);
    const policy = { alias: 'app-to-web', type: 'TOKEN' } as const;
    await expect(lost.client().policies.create(policy)).rejects.toBeInstanceOf(ConnectionError);
    expect(lost.header('idempotency-key')).toEqual([null]);
    const refused = new Network([problem(429, 'rate-limited', '0'), challenge('policy')]);
    expect(await refused.client().policies.create(policy)).toEqual({ id: 'policy' });
  });

  it('nothing once its caller has given up', async () => {
    const network = new Network([problem(503, 'overloaded', '9')]);
    const over = new AbortController();
    const call = network.client().challenges.create(CREATE, { signal: over.signal });
    setTimeout(() => {
      over.abort();
    }, 50);
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(network.sent).toHaveLength(1);
  });

  it('what took too long to answer', async () => {
    const silent = ({ signal }: Request): Promise<Response> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    const network = new Network([silent, challenge()]);
    expect(await network.client({ timeoutSeconds: 0.05 }).challenges.get('one')).toEqual({ id: 'one' });
  });
});

describe('a refusal', () => {
  it('is a typed error with its code, every finding and what names it in the logs', async () => {
    const errors = [{ pointer: '/recipient', code: 'format', detail: 'no address' }];
    const network = new Network([problem(422, 'recipient-invalid', undefined, { errors })]);
    const error: unknown = await network
      .client()
      .challenges.create(CREATE)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ status: 422, code: 'recipient-invalid', errors, requestId: '4bf9' });
    expect(isProblem(error, 'recipient-invalid')).toBe(true);
    expect(isProblem(error, 'policy-unknown')).toBe(false);
    expect(isProblem(error)).toBe(true);
    expect(isProblem(new Error('no'))).toBe(false);
  });

  it('by something else than the service is no problem document', async () => {
    const network = new Network([new Response('<html>', { status: 403 })]);
    await expect(network.client().challenges.get('one')).rejects.toMatchObject({
      name: 'ConnectionError',
      status: 403,
    });
  });
});

describe('an access token', () => {
  it('is fetched once for all, by client credentials', async () => {
    const network = new Network([token('first', 3_600), challenge(), challenge(), challenge()]);
    const { challenges } = network.client({
      credentials: { ...CREDENTIALS, parameters: { audience: 'urn:acs:api' } },
    });
    await Promise.all([challenges.get('one'), challenges.get('two')]);
    await challenges.get('three');
    const [asked] = network.sent;
    expect(asked!.headers.get('authorization')).toBe(`Basic ${btoa('a%3Ac:s+ecret')}`);
    expect(await asked!.text()).toBe(
      'grant_type=client_credentials&scope=challenge%3Apost&audience=urn%3Aacs%3Aapi',
    );
    expect(network.header('authorization').slice(1)).toEqual(Array.from({ length: 3 }, () => 'Bearer first'));
  });

  it('is renewed half a minute before it expires', async () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(0);
    const network = new Network([
      token('first', 3_600),
      challenge(),
      challenge(),
      token('second'),
      challenge(),
    ]);
    const { challenges } = network.client({ credentials: CREDENTIALS });
    await challenges.get('one');
    clock.mockReturnValue(3_569_999);
    await challenges.get('two');
    clock.mockReturnValue(3_570_000);
    await challenges.get('three');
    clock.mockRestore();
    const carried = network.header('authorization').filter((value) => value?.startsWith('Bearer'));
    expect(carried).toEqual(['Bearer first', 'Bearer first', 'Bearer second']);
  });

  it('is renewed, once, when the service refuses it', async () => {
    const refused = (): Response => problem(401, 'token-invalid');
    const network = new Network([
      ...[token('first', 3_600), refused(), token('second', 3_600), challenge()],
      ...[refused(), token('third', 3_600), refused()],
    ]);
    const { challenges } = network.client({ credentials: CREDENTIALS });
    expect(await challenges.create(CREATE)).toEqual({ id: 'one' });
    await expect(challenges.get('one')).rejects.toMatchObject({ code: 'token-invalid' });
    expect(network.sent).toHaveLength(7);
  });

  it('is asked for again when the authorization server is away for a moment', async () => {
    const away = new Response(null, { status: 503, headers: { 'retry-after': '0' } });
    const network = new Network([away, token('first'), challenge()]);
    expect(await network.client({ credentials: CREDENTIALS }).challenges.get('one')).toEqual({ id: 'one' });
  });

  it('that is not given is an error of its own', async () => {
    const network = new Network([
      Response.json({ error: 'invalid_client', error_description: 'who?' }, { status: 401 }),
    ]);
    const call = network.client({ credentials: CREDENTIALS }).challenges.get('one');
    await expect(call).rejects.toBeInstanceOf(TokenError);
    await expect(call).rejects.toMatchObject({ status: 401, error: 'invalid_client' });
    await expect(call).rejects.toThrow(`${TOKEN_URL} gave no access token: invalid_client: who?`);
  });
});
