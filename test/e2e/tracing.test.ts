import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Acs, startAcs } from '../support/acs.js';
import { CoreDatabase } from '../support/core-database.js';
import { eventually } from '../support/eventually.js';
import { receivedSpans, type ReceivedSpan } from '../support/otlp-receiver.js';
import type { TestProcess } from '../support/processes.js';
import { answer, neverAnswer, ProviderServer } from '../support/recording-provider-server.js';
import { describeOnRedis } from '../support/redis-server.js';

const WAIT = { timeoutMs: 60_000 };
/** Where in the list of API processes the one that is traced is. */
const TRACED = 1;

interface Request {
  readonly headers?: Readonly<Record<string, string>>;
  readonly on?: number;
  readonly policyAlias?: string;
}

function newTraceId(): string {
  return randomBytes(16).toString('hex');
}

function traceparentOf(traceId: string, flags = '01'): string {
  return `00-${traceId}-00f067aa0ba902b7-${flags}`;
}

describe.each([
  ['through Bull', false],
  ['without Bull', true],
] as const)('Traces %s', (_way, withoutBull) => {
  (withoutBull ? describe : describeOnRedis)('of API and worker', () => {
    let acs: Acs;
    let receiver: ProviderServer;
    let gateway: ProviderServer;
    let worker: TestProcess;
    let people = 0;

    beforeAll(async () => {
      [receiver, gateway] = await Promise.all([ProviderServer.listen(), ProviderServer.listen()]);
      acs = await startAcs({ workers: 0, withoutBull });
      // The path is the operator's own; a slash at its end is one too many.
      const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${receiver.host}/intake/` };
      const providers = `gateway+http://${gateway.host}/mail?secret=s3cret-of-the-gateway smtp://127.0.0.1:${acs.mailbox.port}?tls=off`;
      await acs.addApi(traced);
      worker = await acs.addWorker({ ...traced, EMAIL_PROVIDERS: providers });
    }, 120_000);

    afterAll(async () => {
      await acs.stop();
      await Promise.all([receiver.close(), gateway.close()]);
    });

    async function create({ headers = {}, on = TRACED, policyAlias = 'password-reset' }: Request = {}) {
      people += 1;
      const recipient = `traced-${people}@example.test`;
      const api = acs.api('acme', undefined, on);
      const created = await api.createChallenge({ policyAlias, recipient }, headers);
      return { ...created, recipient };
    }

    const of = (traceId: string): ReceivedSpan[] =>
      receivedSpans(receiver).filter((span) => span.traceId === traceId);

    const kindOf = (spans: readonly ReceivedSpan[], kind: string): ReceivedSpan[] =>
      spans.filter((span) => span.kind === kind);

    /** The spans of a trace once an attempt of it was told that sent the message. */
    async function whole(traceId: string): Promise<ReceivedSpan[]> {
      await eventually(() => {
        const spans = of(traceId);
        const isSent = spans.some(({ facts }) => facts['acs.outcome'] === 'sent');
        return isSent && kindOf(spans, 'server').length > 0;
      }, WAIT);
      return of(traceId);
    }

    it('lead from a request to every provider that was tried, as part of the trace of the caller', async () => {
      gateway.behaviour = answer(500, '{}');
      const traceId = newTraceId();
      const { status, body, recipient } = await create({
        headers: { traceparent: traceparentOf(traceId), tracestate: 'vendor=opaque', baggage: 'user=anna' },
      });
      expect(status).toBe(201);
      const { raw } = await acs.mailbox.waitForMail(recipient, WAIT);
      const spans = await whole(traceId);

      const [[server], [producer], attempts, calls] = ['server', 'producer', 'consumer', 'client'].map(
        (kind) => kindOf(spans, kind),
      ) as [ReceivedSpan[], ReceivedSpan[], ReceivedSpan[], ReceivedSpan[]];
      expect(spans).toHaveLength(6);
      expect(server).toMatchObject({
        name: 'POST /v1/challenges',
        parentSpanId: '00f067aa0ba902b7',
        service: { 'service.name': 'acs-api', 'service.version': '0.1.0' },
        facts: {
          'http.request.method': 'POST',
          'http.route': '/v1/challenges',
          'http.response.status_code': 201,
          'acs.tenant.id': 'acme',
        },
        failed: false,
      });
      expect(producer).toMatchObject({
        name: 'send delivery',
        parentSpanId: server!.spanId,
        facts: { 'acs.challenge.id': body.id, 'acs.channel': 'EMAIL', 'acs.tenant.id': 'acme' },
      });
      expect(attempts).toMatchObject([
        { failed: true, facts: { 'acs.attempt': 1, 'acs.outcome': 'transient', 'error.type': 'http-500' } },
        { failed: false, facts: { 'acs.attempt': 2, 'acs.outcome': 'sent' } },
      ]);
      const deliveryId = producer!.facts['messaging.message.id'];
      for (const attempt of attempts)
        expect(attempt).toMatchObject({
          name: 'process delivery',
          parentSpanId: producer!.spanId,
          service: { 'service.name': 'acs-worker' },
          facts: { 'messaging.message.id': deliveryId, 'acs.challenge.id': body.id, 'acs.channel': 'EMAIL' },
        });
      expect(calls.map(({ parentSpanId }) => parentSpanId)).toEqual(attempts.map(({ spanId }) => spanId));
      expect(calls).toMatchObject([
        { name: 'call provider', failed: true, facts: { 'acs.provider': `gateway:${gateway.host}` } },
        { failed: false, facts: { 'acs.provider': `smtp:127.0.0.1:${acs.mailbox.port}` } },
      ]);
      expect(server!.service['service.instance.id']).not.toBe(attempts[0]!.service['service.instance.id']);

      expect(Object.keys(gateway.requests[0]!.headers)).not.toContain('traceparent');
      expect(JSON.stringify(gateway.requests) + raw).not.toContain(traceId);
      expect(JSON.stringify(receiver.requests)).not.toMatch(/vendor=opaque|user=anna/);
    });

    it('keep requests apart that are under way at once', async () => {
      gateway.behaviour = answer(200, '{}');
      const made = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const traceId = newTraceId();
          const { body } = await create({ headers: { traceparent: traceparentOf(traceId) } });
          return { traceId, challengeId: body.id };
        }),
      );
      for (const { traceId, challengeId } of made) {
        const told = (await whole(traceId)).flatMap(({ facts }) => facts['acs.challenge.id'] ?? []);
        expect(told).toEqual([challengeId, challengeId]);
      }
    });

    it('hold together when the body of a request comes late', async () => {
      gateway.behaviour = answer(200, '{}');
      const traceId = newTraceId();
      const request = httpRequest(`${acs.apis[TRACED]!.url}/v1/challenges`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await acs.token('acme')}`,
          'content-type': 'application/json',
          traceparent: traceparentOf(traceId),
        },
      });
      request.flushHeaders();
      const answered = once(request, 'response') as Promise<[IncomingMessage]>;
      // The two need only be apart; how long, nothing here depends on.
      await delay(100);
      request.end(JSON.stringify({ policyAlias: 'password-reset', recipient: 'late@example.test' }));
      const [response] = await answered;
      response.resume();
      expect(response.statusCode).toBe(201);
      expect((await whole(traceId)).map(({ kind }) => kind).sort()).toEqual([
        'client',
        'consumer',
        'producer',
        'server',
      ]);
    });

    // What comes is no different with Bull.
    if (!withoutBull) return;

    it('are named by the log lines of the work that they tell of', async () => {
      gateway.behaviour = answer(500, '{}');
      const traceId = newTraceId();
      await create({ headers: { traceparent: traceparentOf(traceId) } });
      const [first] = kindOf(await whole(traceId), 'consumer');
      const lines = worker.lines
        .filter((line) => line.includes(traceId))
        .map((line) => JSON.parse(line) as object);
      expect(lines).toContainEqual(
        expect.objectContaining({ msg: 'delivery not sent', trace_id: traceId, span_id: first!.spanId }),
      );
    });

    it('begin with the request when nobody began them before, and are what its problem document names', async () => {
      const { status, body } = await create({ policyAlias: 'nothing-has-this' });
      expect(status).toBe(422);
      const traceId = String(body['traceId']);
      await eventually(() => of(traceId).length > 0, WAIT);
      expect(of(traceId)).toMatchObject([
        { parentSpanId: undefined, facts: { 'http.response.status_code': 422 }, failed: false },
      ]);
    });

    it('are not kept where the caller keeps none, in no process', async () => {
      gateway.behaviour = answer(200, '{}');
      const [unkept, kept] = [newTraceId(), newTraceId()];
      await create({ headers: { traceparent: traceparentOf(unkept, '00') } });
      await eventually(() => gateway.requests.at(-1)!.body.includes(`traced-${people}@`), WAIT);
      await create({ headers: { traceparent: traceparentOf(kept) } });
      await whole(kept);
      expect(of(unkept)).toEqual([]);
    });

    it('leave out what asks whether a process is well, and what they are asked for by name', async () => {
      const { url } = acs.apis[TRACED]!;
      const traceId = newTraceId();
      await fetch(`${url}/health/ready`);
      await fetch(`${url}/v1/nowhere/anna@example.test?token=abc`, {
        headers: { traceparent: traceparentOf(traceId) },
      });
      await eventually(() => of(traceId).length > 0, WAIT);
      expect(of(traceId)).toMatchObject([{ name: 'GET', facts: { 'http.response.status_code': 404 } }]);
      expect(JSON.stringify(receiver.requests)).not.toMatch(/anna@example\.test|token=abc|\/health\//);
    });

    it('begin with the attempt when the request was not traced, of which nothing is kept', async () => {
      gateway.behaviour = answer(200, '{}');
      const traceId = newTraceId();
      const { body } = await create({ headers: { traceparent: traceparentOf(traceId) }, on: 0 });
      const about = (): ReceivedSpan[] =>
        receivedSpans(receiver).filter(({ facts }) => facts['acs.challenge.id'] === body.id);
      await eventually(() => about().length > 0, WAIT);
      expect(about()).toMatchObject([{ kind: 'consumer', parentSpanId: undefined }]);
      expect(of(traceId)).toEqual([]);
      const rows = await new CoreDatabase(acs.database.superuserUrl).rows(
        'SELECT traceparent FROM delivery WHERE challenge_id = $1',
        body.id,
      );
      expect(rows).toEqual([{ traceparent: null }]);
    });
  });
});

describe('While nobody takes the spans', () => {
  let acs: Acs;
  let receiver: ProviderServer;

  beforeAll(async () => {
    receiver = await ProviderServer.listen();
    acs = await startAcs({ apis: 1, workers: 0, withoutBull: true });
  }, 120_000);

  afterAll(async () => {
    await acs.stop();
    await receiver.close();
  });

  /** So many requests by fifty callers; returns the statuses. */
  async function manyRequests(url: string, count: number): Promise<number[]> {
    const statuses: number[] = [];
    const ask = async (): Promise<void> => {
      for (let request = 0; request < count / 50; request += 1)
        statuses.push((await fetch(`${url}/problems/answer-incorrect`)).status);
    };
    await Promise.all(Array.from({ length: 50 }, ask));
    return statuses;
  }

  it('a receiver that never answers slows no request and holds up no end', async () => {
    receiver.behaviour = neverAnswer;
    const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${receiver.host}` };
    const from = performance.now();
    const { url, child } = await acs.addApi(traced);
    const worker = await acs.addWorker(traced);
    const { status } = await acs
      .api('acme', undefined, 1)
      .createChallenge({ policyAlias: 'password-reset', recipient: 'anna@example.test' });
    expect(status).toBe(201);
    await acs.mailbox.waitForMail('anna@example.test', WAIT);
    expect(new Set(await manyRequests(url, 5_000))).toEqual(new Set([200]));

    // Each process waits for an answer before it exports again, or until its patience of five seconds is over.
    expect(receiver.requests.length).toBeLessThanOrEqual(
      2 * (1 + Math.floor((performance.now() - from) / 5_000)),
    );
    await Promise.all([child.stop(20_000), worker.child.stop(20_000)]);
    expect([child.exitCode, worker.child.exitCode]).toEqual([0, 0]);
  });

  it('one that is not there is told of once, without a word of where it is', async () => {
    const gone = await ProviderServer.listen();
    const { host } = gone;
    await gone.close();
    const { url, lines } = await acs.addApi({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${host}/a-secret-path?key=of-mine`,
    });
    expect(new Set(await manyRequests(url, 100))).toEqual(new Set([200]));
    const about = (): string[] => lines.filter((line) => line.includes('could not be exported'));
    await eventually(() => about().length > 0, WAIT);
    expect(JSON.parse(about()[0]!)).toMatchObject({ level: 40, context: 'Traces', reason: 'ECONNREFUSED' });
    await fetch(`${url}/problems/answer-incorrect`);
    expect(about()).toHaveLength(1);
    expect(lines.join('\n')).not.toMatch(/a-secret-path|of-mine/);
  });
});
