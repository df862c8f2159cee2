import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../scripts/quickstart/ports.js';
import { startAcs, type Acs } from '../support/acs.js';
import { eventually } from '../support/eventually.js';
import { describeOnRedis } from '../support/redis-server.js';

const RECIPIENT = 'anna.canary@example.test';
const SAMPLE = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (-?[\d.e+-]+|NaN|[+-]Inf)$/i;

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const ports: Record<'api' | 'copies' | 'worker', number> = { api: 0, copies: 0, worker: 0 };
let acs: Acs;
let code: string;
let challengeId: string;

const read = async (of: keyof typeof ports, path = '/metrics', init: RequestInit = {}): Promise<Response> =>
  await fetch(`http://127.0.0.1:${ports[of]}${path}`, init);

/** What the Prometheus text format (0.0.4) says; throws on a line that is not of it. */
const scrape = async (of: keyof typeof ports): Promise<Sample[]> => {
  const response = await read(of);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const match = SAMPLE.exec(line);
    if (!match) throw new Error(`This is no sample: ${line}`);
    const pairs = [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    return {
      name: match[1]!,
      labels: Object.fromEntries(pairs.map(([, label, value]) => [label!, value!])),
      value: Number(match[3]),
    };
  });
};

const valueOf = (samples: readonly Sample[], name: string, labels: Record<string, string> = {}): number =>
  samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);

beforeAll(async () => {
  for (const of of ['api', 'copies', 'worker'] as const) ports[of] = await freePort();
  acs = await startAcs({
    apiEnv: { METRICS_PORT: String(ports.api) },
    workerEnv: { METRICS_PORT: String(ports.worker) },
  });
  const { body } = await acs
    .api('acme')
    .createChallenge({ policyAlias: 'password-reset', recipient: RECIPIENT, subject: 'subject-canary' });
  challengeId = (body as { id: string }).id;
  code = await acs.mailbox.waitForCode(RECIPIENT);
}, 120_000);

afterAll(async () => {
  await acs.stop();
});

describe('The metrics of the API', () => {
  it('tell requests by route and status, never by URL', async () => {
    await acs.api('acme').getChallenge(challengeId);
    await fetch(`${acs.apis[0]!.url}/v1/${challengeId}/nowhere`);
    const samples = await scrape('api');
    const requests = 'acs_http_request_duration_seconds_count';
    expect(valueOf(samples, requests, { route: '/v1/challenges', method: 'POST', status: '201' })).toBe(1);
    expect(valueOf(samples, requests, { route: '/v1/challenges/:id', method: 'GET', status: '200' })).toBe(1);
    expect(valueOf(samples, requests, { route: 'none', status: '404' })).toBe(1);
    expect(valueOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('are not on the port of the API', async () => {
    for (const path of ['/metrics', '/queue'])
      expect((await fetch(`${acs.apis[0]!.url}${path}`)).status).toBe(404);
  });

  it('are those of all copies together', async () => {
    const { url } = await acs.addApi({ METRICS_PORT: String(ports.copies), WEB_CONCURRENCY: '2' });
    for (let call = 0; call < 12; call += 1)
      await fetch(`${url}/health/live`, { headers: { connection: 'close' } });
    const samples = await scrape('copies');
    expect(valueOf(samples, 'acs_http_request_duration_seconds_count', { route: '/health/live' })).toBe(12);
  });
});

describe('The metrics of the worker', () => {
  it('tell claims, attempts, breakers, the backlog and the mode', async () => {
    await eventually(async () => valueOf(await scrape('worker'), 'acs_delivery_attempts_total') > 0);
    const samples = await scrape('worker');
    expect(valueOf(samples, 'acs_delivery_claims_total')).toBeGreaterThanOrEqual(1);
    expect(valueOf(samples, 'acs_delivery_attempts_total', { channel: 'EMAIL', outcome: 'sent' })).toBe(1);
    expect(valueOf(samples, 'acs_delivery_send_duration_seconds_count')).toBe(1);
    expect(valueOf(samples, 'acs_provider_breaker', { state: 'closed' })).toBe(2);
    expect(valueOf(samples, 'acs_provider_breaker', { state: 'open' })).toBe(0);
    expect(valueOf(samples, 'acs_delivery_oldest_due_seconds', { kind: 'code' })).toBe(0);
    expect(samples.filter(({ name }) => name === 'acs_delivery_in_flight')).toHaveLength(1);
    expect(valueOf(samples, 'acs_delivery_mode')).toBe(1);
    expect(valueOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  });
});

describe('No metric', () => {
  it('names a tenant, a recipient, a challenge, a subject or a code', async () => {
    for (const of of ['api', 'worker'] as const) {
      const text = await (await read(of)).text();
      for (const secret of ['acme', 'globex', 'anna', 'canary', challengeId, code])
        expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
      for (const { labels } of await scrape(of))
        expect(Object.keys(labels).filter((label) => /tenant|recipient|subject|id$/.test(label))).toEqual([]);
    }
  });
});

describeOnRedis("The queue's page", () => {
  it('shows the queue and changes nothing', async () => {
    const page = await read('worker', '/queue');
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<div id="root">');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const { queues } = (await (await read('worker', '/queue/api/queues')).json()) as {
      queues: { name: string; readOnlyMode: boolean }[];
    };
    expect(queues).toEqual([expect.objectContaining({ name: 'delivery-claims', readOnlyMode: true })]);
    for (const [method, path] of [
      ['PUT', '/queue/api/queues/delivery-claims/pause'],
      ['POST', '/queue/api/queues/delivery-claims/add'],
      ['PUT', '/queue/api/queues/delivery-claims/obliterate'],
    ] as const)
      expect((await read('worker', path, { method })).status).toBe(405);
  });

  it('is not for a web site that has itself resolved to this machine', async () => {
    const status = await new Promise((resolve, reject) => {
      httpRequest(
        { host: '127.0.0.1', port: ports.worker, path: '/queue', headers: { host: 'evil.example' } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
  });

  it('is not there when other machines can reach the port', async () => {
    const port = await freePort();
    await acs.addWorker({ METRICS_PORT: `0.0.0.0:${port}` });
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/queue`)).status).toBe(404);
  });
});
