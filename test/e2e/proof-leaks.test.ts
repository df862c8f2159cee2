import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import canonicalize from 'canonicalize';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AUDIENCE,
  DEVELOPMENT_CLIENTS,
  OPAQUE_RESOURCE,
} from '../../scripts/quickstart/development-clients.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import { type Acs, startAcs } from '../support/acs.js';
import { CoreDatabase } from '../support/core-database.js';
import { emailCodePolicy, smsCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { SOAK } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';
import { receivedSpans } from '../support/otlp-receiver.js';
import { dumpDatabase, RedisWitness } from '../support/proof-dumps.js';
import { LeakCaller, type Told } from '../support/proof-leak-caller.js';
import { LeakSearch } from '../support/proof-leak-search.js';
import { answer, hangUp, ProviderServer } from '../support/recording-provider-server.js';
import { SmtpSink } from '../support/smtp-sink.js';

type Tenant = 'acme' | 'globex';
type Answered = (response: Parameters<ReturnType<typeof answer>>[0]) => void;

const TENANTS: readonly Tenant[] = ['acme', 'globex'];
const ROUNDS = SOAK ? 20 : 1;
const CODE = { code: { length: 10, alphabet: 'UNAMBIGUOUS' }, maxAttempts: 3, resend: { secret: 'NEW' } };
const LINK = {
  alias: 'link',
  type: 'EMAIL_LINK',
  conditions: { limits: [] },
  template: {
    defaultLocale: 'en',
    link: 'http://localhost:3000/c#t={{ token }}',
    locales: { en: { subject: 'For {{ variables.name }}', text: 'Open <{{ link }}>' } },
  },
};

/** Credentials of the deployment that no output may hold either. */
const DEPLOYMENT = {
  smtpPassword: `smtp-${randomBytes(12).toString('hex')}`,
  gatewaySecret: `gate-${randomBytes(12).toString('hex')}`,
  twilioToken: randomBytes(16).toString('hex'),
};

describe('a whole life of the service, with everything logged', () => {
  const search = new LeakSearch();
  const told: string[] = [];
  const dumps: Buffer[] = [];
  const metrics: string[] = [];
  let acs: Acs;
  let database: CoreDatabase;
  let redis: RedisWitness | undefined;
  let gateway: ProviderServer;
  let twilio: ProviderServer;
  let sink: SmtpSink;
  let receiver: ProviderServer;
  let ports: { readonly api: number; readonly worker: number };
  let people = 0;
  /** Deliverable secrets that a dump has met sealed. */
  let sealed = 0;

  beforeAll(
    async () => {
      [gateway, twilio, receiver, sink] = await Promise.all([
        ProviderServer.listen(),
        ProviderServer.listen(),
        ProviderServer.listen(),
        SmtpSink.listen(),
      ]);
      ports = { api: await freePort(), worker: await freePort() };
      const told = { LOG_LEVEL: 'trace', OTEL_EXPORTER_OTLP_ENDPOINT: `http://${receiver.host}` };
      acs = await startAcs({
        workers: 0,
        apiEnv: { ...told, METRICS_PORT: String(ports.api) },
        workerEnv: { ...told, METRICS_PORT: String(ports.worker) },
        policies: ['payment-approval'],
      });
      database = new CoreDatabase(acs.database.superuserUrl);
      const redisUrl = acs.env.worker['REDIS_URL'];
      redis = redisUrl === undefined ? undefined : await RedisWitness.watch(redisUrl);
      await acs.addWorker();
      for (const [name, value] of Object.entries(DEPLOYMENT)) search.add(name, value);
      for (const key of acs.env.api['SECRET_KEYS']!.split(','))
        search.add('a key of the ring', key.slice(-44));
      for (const url of [acs.database.apiUrl, acs.database.workerUrl])
        search.add('a database password', new URL(url).password);
      await live();
    },
    SOAK ? 1_800_000 : 300_000,
  );

  afterAll(async () => {
    redis?.stop();
    await acs.stop();
    await Promise.all([gateway.close(), twilio.close(), receiver.close(), sink.close()]);
  });

  async function live(): Promise<void> {
    const callers = await Promise.all(
      TENANTS.map(async (tenant) => [tenant, await callersOf(tenant)] as const),
    );
    for (const [, [caller]] of callers) await furnish(caller!);
    for (let round = 0; round < ROUNDS; round += 1)
      await Promise.all(callers.flatMap(([, both]) => both.map(wellBehaved)));
    for (const [, [caller]] of callers) {
      await idempotent(caller!);
      await badInput(caller!);
      await faults(caller!);
    }
    await badTokens();
    await unreliableProviders(callers.map(([, [caller]]) => caller!));
    for (const path of ['/docs', '/docs/', '/openapi.json', '/health/ready', '/problems/answer-incorrect'])
      await callers[0]![1][0]!.call('GET', path);
    await dump();
    await measure();
    // The last spans come when a process ends.
    await Promise.all([...acs.workers, ...acs.apis].map(({ child }) => child.stop(27_000)));
  }

  /** One with a JWT and one with an opaque token. */
  async function callersOf(tenant: Tenant): Promise<LeakCaller[]> {
    const { id, secret } = DEVELOPMENT_CLIENTS.find((client) => client.tenant === tenant)!;
    return await Promise.all(
      [AUDIENCE, OPAQUE_RESOURCE].map(async (resource) => {
        const response = await fetch(`${acs.issuer}/token`, {
          method: 'POST',
          headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
          body: new URLSearchParams({ grant_type: 'client_credentials', resource }),
        });
        const { access_token: token } = (await response.json()) as { access_token: string };
        // The header of a JWT is the same for all.
        const parts = token.split('.');
        for (const part of parts.length === 3 ? parts.slice(1) : parts) search.add('an access token', part);
        return new LeakCaller(acs.apis[0]!.url, token, told);
      }),
    );
  }

  async function furnish(caller: LeakCaller): Promise<void> {
    const email = emailCodePolicy('email', CODE) as { template: { locales: { en: object } } };
    const en = { ...email.template.locales.en, html: '<p>&lt;{{ code }}&gt; {{ variables.name }}</p>' };
    const policies = [
      { ...email, template: { ...email.template, locales: { en } } },
      smsCodePolicy('sms', CODE),
      emailCodePolicy('digits'),
      tokenPolicy('token'),
      LINK,
    ];
    for (const policy of policies)
      expect(await caller.call('POST', '/v1/policies', policy)).toMatchObject({ status: 201 });
    const { body } = await caller.call('GET', '/v1/configuration');
    const issuance = { ...(body['issuance'] as object), perRecipient: { max: 100, windowSeconds: 60 } };
    expect(await caller.call('PUT', '/v1/configuration', { ...body, issuance })).toMatchObject({
      status: 200,
    });
  }

  /** A request about a person whom nobody else knows. */
  function someoneFor(policyAlias: string): Record<string, unknown> & { recipient: string } {
    people += 1;
    const isSms = policyAlias === 'sms';
    const recipient = isSms
      ? `+316${String(randomInt(10_000_000, 49_999_999))}`
      : `canary.${randomBytes(5).toString('hex')}@leak-${people}.example`;
    const name = `Canary ${randomBytes(6).toString('hex')}`;
    const client = {
      ip: `2001:db8:${randomBytes(4)
        .toString('hex')
        .replace(/(....)(....)/, '$1:$2')}::1`,
      id: randomUUID(),
    };
    search.add(`the recipient of ${policyAlias}`, isSms ? recipient.slice(1) : recipient);
    search.add('a variable', name);
    search.add("a client's identifier", client.id);
    search.add("a client's address", client.ip);
    return { policyAlias, recipient, variables: { name }, client, subject: `user-${people}` };
  }

  async function create(caller: LeakCaller, policyAlias: string): Promise<Told & { recipient: string }> {
    const { recipient, ...request } = someoneFor(policyAlias);
    const created = await caller.call('POST', '/v1/challenges', {
      ...request,
      ...(policyAlias === 'token' ? {} : { recipient }),
    });
    expect(created.status).toBe(201);
    if (policyAlias === 'token') search.add('a token', String(created.body['token']));
    return { ...created, recipient };
  }

  /** The n-th secret that came to the recipient. */
  async function secretFor(policyAlias: string, recipient: string, nth = 1): Promise<string> {
    const address = recipient.startsWith('+') ? `${recipient.slice(1)}@sms.localhost` : recipient;
    const { text } = await acs.mailbox.waitForMail(address, { count: nth, timeoutMs: 60_000 });
    const [, inside] = /<([^>]+)>/.exec(text) ?? [];
    return known(policyAlias, inside!);
  }

  function known(policyAlias: string, inside: string): string {
    const secret = inside.replace(/^.*#t=/, '');
    if (policyAlias === 'digits') search.addCode('a code of six digits', secret);
    else search.add(`the secret of ${policyAlias}`, secret);
    return secret;
  }

  async function wellBehaved(caller: LeakCaller): Promise<void> {
    for (const alias of ['email', 'sms', 'digits', 'link', 'token']) {
      const made = await Promise.all(Array.from({ length: 5 }, () => create(caller, alias)));
      const ids = made.map(({ body }) => String(body['id']));
      if (alias === 'link') await dump();
      const secrets = await Promise.all(
        made.map(async ({ body, recipient }) =>
          alias === 'token' ? String(body['token']) : await secretFor(alias, recipient),
        ),
      );
      const [answered, resent, failed, cancelled, expired] = ids.map((id) => `/v1/challenges/${id}`);
      const say = async (path: string | undefined, text: string): Promise<Told> =>
        await caller.call('POST', `${path!}/answer`, { answer: text });
      await say(answered, wrongAnswer(alias));
      expect(await say(answered, secrets[0]!)).toMatchObject({ status: 200 });
      await say(answered, secrets[0]!);
      await caller.call('POST', `${answered!}/complete`, {});
      await database.endCooldown(ids[1]!);
      const again = await caller.call('POST', `${resent!}/resend`, {});
      if (again.status === 202) {
        await secretFor(alias, made[1]!.recipient, 2);
        await say(resent, secrets[1]!);
      }
      for (let time = 0; time < 5; time += 1) await say(failed, wrongAnswer(alias));
      await caller.call('DELETE', cancelled!);
      await say(cancelled, secrets[3]!);
      await database.moveDeadline(ids[4]!, 0);
      await say(expired, secrets[4]!);
      for (const path of [answered, resent, failed, cancelled, expired]) await caller.call('GET', path!);
    }
  }

  /** What somebody who has got the form right could say. */
  function wrongAnswer(alias: string): string {
    const text =
      alias === 'digits' ? String(randomInt(100_000, 999_999)) : randomBytes(16).toString('base64url');
    if (alias !== 'digits') search.add('a wrong answer', text);
    return text;
  }

  /** Requests whose outcome is kept; what is kept of the request itself may not be a hash that anyone can compute. */
  async function idempotent(caller: LeakCaller): Promise<void> {
    const twice = async (path: string, body: object): Promise<readonly Told[]> => {
      search.add('a request', canonicalize(['POST', path, body])!);
      const key = { 'idempotency-key': randomUUID() };
      return [await caller.call('POST', path, body, key), await caller.call('POST', path, body, key)];
    };
    const { recipient, ...request } = someoneFor('token');
    const [first, replayed] = await twice('/v1/challenges', request);
    search.add('a token', String(first!.body['token']));
    expect(replayed!.body['token']).toBe(first!.body['token']);
    const path = `/v1/challenges/${String(first!.body['id'])}/answer`;
    await twice(path, { answer: first!.body['token'] });
    await twice(path, { answer: wrongAnswer('token') });
    const email = { ...someoneFor('email'), recipient };
    expect((await twice('/v1/challenges', email)).map(({ status }) => status)).toEqual([201, 201]);
  }

  async function badInput(caller: LeakCaller): Promise<void> {
    const { recipient, variables, client } = someoneFor('email');
    const post = async (body: unknown, headers?: Record<string, string>): Promise<void> => {
      const { status } = await caller.call('POST', '/v1/challenges', body, headers);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    };
    await post({ policyAlias: 'email', recipient: `${recipient} x` });
    await post({ policyAlias: 'email', recipient: { address: recipient } });
    await post({ policyAlias: 'sms', recipient });
    await post({ policyAlias: 'token', recipient });
    await post({ policyAlias: 'nothing-has-this', recipient });
    await post({
      policyAlias: 'email',
      recipient,
      variables: { ...(variables as object), x: { recipient } },
    });
    await post({ policyAlias: 'email', recipient, client: { ...(client as object), ip: recipient } });
    await post({ policyAlias: 'email', recipient, locale: recipient });
    await post({ policyAlias: 'email', recipient, answer: recipient });
    await post(`{"policyAlias":"email","recipient":"${recipient}"`);
    await post(`{"recipient":"${recipient}","recipient":"${recipient}"}`);
    await post(recipient, { 'content-type': 'text/plain' });
    await post(JSON.stringify({ policyAlias: 'email', recipient }), { accept: 'text/html' });
    await post({ policyAlias: 'email', recipient }, { 'idempotency-key': `${recipient} `.repeat(12) });
    const abroad = '+33612345678';
    search.add('a recipient abroad', abroad.slice(1));
    await post({ policyAlias: 'sms', recipient: abroad });
    const { id } = (await create(caller, 'token')).body;
    const longAnswer = `${randomBytes(8).toString('hex')}${'x'.repeat(600)}`;
    search.add('a long answer', longAnswer.slice(0, 16));
    const path = `/v1/challenges/${String(id)}/answer`;
    for (const body of [
      { answer: longAnswer },
      { answer: [longAnswer] },
      { answers: longAnswer },
      `{"answer":"${longAnswer}`,
    ])
      await caller.call('POST', path, body);
    await caller.call('POST', path, { answer: longAnswer.slice(0, 32), action: { name: 'another' } });
    const policies = await caller.call('GET', '/v1/policies');
    const [policy] = policies.body['items'] as { id: string }[];
    const preview = { recipient, variables };
    expect(
      await caller.call('POST', `/v1/policies/${policy!.id}/preview`, { ...preview, variables: {} }),
    ).toMatchObject({ status: 200 });
  }

  /** Tokens that are refused, wherever they are put. */
  async function badTokens(): Promise<void> {
    const url = acs.apis[0]!.url;
    for (let time = 0; time < 20; time += 1) {
      const bad = randomBytes(24).toString('base64url');
      search.add('a refused token', bad);
      const claims = Buffer.from(JSON.stringify({ iss: acs.issuer, sub: bad, tenant_id: bad })).toString(
        'base64url',
      );
      const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: bad })).toString(
        'base64url',
      );
      const tokens = [bad, `${header}.${claims}.${bad}`, `x ${bad}`, `${bad}!`];
      for (const token of tokens) await new LeakCaller(url, token, told).call('GET', '/v1/policies');
      const caller = new LeakCaller(url, bad, told);
      await caller.call('GET', `/v1/policies?access_token=${bad}`, undefined, {
        authorization: `Basic ${bad}`,
        cookie: `t=${bad}`,
      });
      await caller.call('POST', '/v1/nothing', { token: bad });
    }
  }

  /** What goes wrong within the database. */
  async function faults(caller: LeakCaller): Promise<void> {
    const { body: challenge } = await create(caller, 'token');
    for (const clause of [
      'BEFORE INSERT ON challenge FOR EACH ROW',
      'BEFORE INSERT ON delivery FOR EACH ROW',
      'BEFORE INSERT ON limit_counter FOR EACH ROW',
      'BEFORE INSERT ON audit FOR EACH ROW',
    ]) {
      const mend = await database.breakOn(clause);
      expect(await caller.call('POST', '/v1/challenges', someoneFor('email'))).toMatchObject({ status: 503 });
      await mend();
    }
    // PostgreSQL tells the whole row that a constraint refuses.
    await database.alter(
      'challenge',
      `ALTER TABLE challenge ADD CONSTRAINT proof CHECK (subject <> 'refused') NOT VALID`,
    );
    expect(
      await caller.call('POST', '/v1/challenges', { ...someoneFor('email'), subject: 'refused' }),
    ).toMatchObject({ status: 503 });
    await database.alter('challenge', 'ALTER TABLE challenge DROP CONSTRAINT proof');
    const mend = await database.breakOn('BEFORE UPDATE ON challenge FOR EACH ROW');
    expect(
      await caller.call('POST', `/v1/challenges/${String(challenge['id'])}/answer`, {
        answer: challenge['token'],
      }),
    ).toMatchObject({ status: 503 });
    await mend();
    const { body } = await caller.call('GET', '/v1/configuration');
    const closed = { ...body, email: { ...(body['email'] as object), enabled: false } };
    const { body: changed } = await caller.call('PUT', '/v1/configuration', closed);
    expect(await caller.call('POST', '/v1/challenges', someoneFor('email'))).toMatchObject({ status: 503 });
    const { version } = changed;
    await caller.call('PUT', '/v1/configuration', { ...body, version });
    const worker = acs.workers[0]!;
    const toldOfFaults = (): number =>
      worker.lines.filter((line) => line.includes('a fault of the proof')).length;
    const earlier = toldOfFaults();
    const stuck = await database.breakOn('BEFORE INSERT ON delivery_attempt FOR EACH ROW');
    const { recipient } = await create(caller, 'email');
    await eventually(() => toldOfFaults() > earlier);
    await stuck();
    await secretFor('email', recipient);
  }

  /** Providers that refuse, and quote in their refusals whatever they were given. */
  async function unreliableProviders(callers: readonly LeakCaller[]): Promise<void> {
    const echo =
      (server: ProviderServer, status: number): Answered =>
      (response) => {
        const { body } = server.requests.at(-1)!;
        answer(
          status,
          JSON.stringify({ code: 21_211, message: body, sid: null, error: { to: body } }),
        )(response);
      };
    // The first message may be on its way before it is known whom to quote, and must go on to the gateway all the same.
    sink.behave({ mail: '550 5.1.1 unknown' });
    for (const status of [400, 500, 0]) {
      for (const server of [gateway, twilio]) server.behaviour = status === 0 ? hangUp : echo(server, status);
      for (const caller of callers) {
        await replaceWorker();
        for (const alias of ['email', 'sms', 'link']) {
          const { recipient } = await create(caller, alias);
          sink.behave({
            mail: `550 5.1.1 <${recipient}> is unknown`,
            rcpt: `450 4.2.1 <${recipient}> is unknown`,
          });
          const about = (): string | undefined =>
            [...gateway.requests, ...twilio.requests]
              .map(({ body }) =>
                body.startsWith('{') ? body : decodeURIComponent(body.replaceAll('+', ' ')),
              )
              .find((body) => body.includes(recipient) || body.includes(recipient.slice(1)));
          await eventually(() => about() !== undefined, { timeoutMs: 60_000 });
          known(alias, /<([^>]+)>/.exec(about()!)![1]!);
        }
      }
    }
    await eventually(async () => {
      const [row] = await database.rows<{ open: number }>(
        `SELECT count(*)::int AS open FROM delivery_attempt WHERE outcome IS NULL`,
      );
      return row!.open === 0;
    });
  }

  /** A worker that knows nothing yet of how its providers behave: one that does leaves them alone. */
  async function replaceWorker(): Promise<void> {
    await measure();
    const [working] = acs.workers.splice(0, 1);
    await working!.child.stop(27_000);
    told.push(...working!.lines);
    const { smtpPassword, gatewaySecret, twilioToken } = DEPLOYMENT;
    await acs.addWorker({
      EMAIL_PROVIDERS: `smtp://mailer:${smtpPassword}@127.0.0.1:${sink.port}?tls=off gateway+http://${gateway.host}/mail?secret=${gatewaySecret}`,
      SMS_PROVIDERS: `twilio://AC0:${twilioToken}@${twilio.host}?from=%2B15550100&scheme=http gateway+http://${gateway.host}/sms?secret=${gatewaySecret}`,
    });
  }

  async function measure(): Promise<void> {
    for (const port of [ports.api, ports.worker])
      metrics.push(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  }

  async function dump(): Promise<void> {
    dumps.push(await dumpDatabase(acs.database.superuserUrl));
    const [row] = await database.rows<{ count: number }>(
      'SELECT count(*)::int AS count FROM delivery WHERE message_sealed IS NOT NULL',
    );
    sealed = Math.max(sealed, row!.count);
  }

  it('has met secrets of every kind, sealed ones among them', () => {
    expect(search.size).toBeGreaterThan(300);
    expect(sealed).toBeGreaterThan(0);
    expect(acs.mailbox.mails.length).toBeGreaterThan(50);
    expect(told.some((text) => text.includes('"code":"unavailable"'))).toBe(true);
  });

  it('finds what it looks for where it belongs: in the messages', () => {
    for (const { raw, envelope } of acs.mailbox.mails)
      expect({ to: envelope.to, found: search.find('a message', raw).length > 1 }).toMatchObject({
        found: true,
      });
  });

  it('leaves none of them in a log', () => {
    const lines = [...acs.apis, ...acs.workers].flatMap((process) => process.lines);
    expect(lines.some((line) => line.includes('Unexpected failure'))).toBe(true);
    expect(lines.some((line) => line.includes('"level":20'))).toBe(true);
    const log = lines.join('\n');
    expect(search.find('a log', log)).toEqual([]);
    expect(search.standaloneNumbers(log)).toBeLessThan(1_000);
  });

  it('leaves none of them in a trace', () => {
    const spans = receivedSpans(receiver);
    for (const kind of ['server', 'producer', 'consumer', 'client'])
      expect({ kind, spans: spans.filter((span) => span.kind === kind).length > 20 }).toEqual({
        kind,
        spans: true,
      });
    expect(spans.some(({ facts }) => facts['acs.outcome'] === 'permanent')).toBe(true);
    const exported = receiver.requests
      .map(({ headers, body }) => `${JSON.stringify(headers)} ${body}`)
      .join('\n');
    expect(search.find('a trace', exported)).toEqual([]);
    expect(search.standaloneNumbers(exported)).toBeLessThan(1_000);
  });

  it('leaves none of them in a metric', () => {
    const text = metrics.join('\n');
    for (const name of ['acs_http_request_duration_seconds_count', 'acs_delivery_attempts_total'])
      expect(text).toContain(`${name}{`);
    expect(search.find('a metric', text)).toEqual([]);
    expect(search.standaloneNumbers(text)).toBeLessThan(1_000);
  });

  it('leaves none of them in a table', () => {
    expect(dumps.length).toBeGreaterThan(1);
    expect(dumps.flatMap((rows, index) => search.find(`dump ${index + 1}`, rows))).toEqual([]);
  });

  it('leaves none of them in Redis, nor sends one there', async () => {
    if (!redis) return;
    expect(redis.commands.length).toBeGreaterThan(50);
    expect(search.find('a command of Redis', redis.commands.join('\n'))).toEqual([]);
    expect(search.find('a key of Redis', await redis.dump())).toEqual([]);
  });

  it('tells none of them in an answer, but for the token in the response that creates it', () => {
    expect(told.length).toBeGreaterThan(200);
    expect(told.flatMap((text) => search.find('an answer', text))).toEqual([]);
  });
});
