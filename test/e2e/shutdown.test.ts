import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { COUNTED } from '../support/core-database.js';
import { tokenPolicy } from '../support/core-policies.js';
import { CoreProof, inRounds } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';
import { LEAVERS, leaveUnderLoad } from '../support/leaving-worker.js';
import type { ApiProcess } from '../support/processes.js';
import { type Exchange, KeepAliveCaller } from '../support/raw-exchange.js';
import { redisServerUrl } from '../support/redis-server.js';

const CALLERS = 16;
const EXIT_MS = 25_000;

interface Call {
  readonly subject: string;
  readonly exchange: Exchange;
}

const itOnRedis = redisServerUrl() ? it.concurrent : it.concurrent.skip;
const DURATION_MS = (LEAVERS + 1) * 60_000;

describe('A process that gets SIGTERM under load,', () => {
  let proof: CoreProof;
  let token: string;
  let subjects = 0;

  beforeAll(async () => {
    proof = await CoreProof.start({ apis: 1, workers: 1 }, tokenPolicy('token'));
    token = await proof.acs.token('acme');
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  /** An API process of its own, which the test ends. */
  async function leaver(env: NodeJS.ProcessEnv = {}): Promise<ApiProcess> {
    const api = await proof.acs.addApi(env);
    proof.acs.apis.pop();
    return api;
  }

  /** Ends a process with a request under way of which one byte comes a second. */
  async function endWhileDripping(
    api: ApiProcess,
  ): Promise<{ readonly code: number; readonly waitedMs: number }> {
    const { port, hostname, host } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const answered = once(socket, 'data');
    // The first is answered, so the second, which came with it, has been begun.
    socket.write(
      `GET /health/live HTTP/1.1\r\nhost: ${host}\r\n\r\n` +
        `POST /v1/challenges HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n` +
        'content-type: application/json\r\ncontent-length: 1000\r\n\r\n',
    );
    await answered;
    const drip = setInterval(() => socket.write(' '), 1_000);
    const askedAt = performance.now();
    const code = await api.child.stop(EXIT_MS);
    const waitedMs = performance.now() - askedAt;
    clearInterval(drip);
    socket.destroy();
    return { code, waitedMs };
  }

  /** Creates one challenge after the other over each connection, until there is no answer any more. */
  async function load(url: string, calls: Call[]): Promise<void> {
    const one = async (): Promise<void> => {
      const caller = new KeepAliveCaller(url, token);
      for (;;) {
        const subject = `leaving-${(subjects += 1)}`;
        const exchange = await caller.post('/v1/challenges', { policyAlias: 'token', subject });
        calls.push({ subject, exchange });
        if (exchange.kind === 'refused') break;
      }
      caller.close();
    };
    await Promise.all(Array.from({ length: CALLERS }, one));
  }

  async function expectOrderly(calls: readonly Call[]): Promise<Record<string, number>> {
    const stored = await proof.database.rows<{ subject: string }>('SELECT subject FROM challenge');
    const made = new Set(stored.map(({ subject }) => subject));
    const tally: Record<string, number> = {};
    for (const { subject, exchange } of calls) {
      const outcome = exchange.kind === 'answer' ? String(exchange.status) : exchange.kind;
      tally[outcome] = (tally[outcome] ?? 0) + 1;
      // What was not answered had no effect: a connection may be closed under a request that was not read yet.
      expect({ outcome, made: made.has(subject) }).toEqual({ outcome, made: outcome === '201' });
      if (exchange.kind === 'answer' && exchange.status === 503)
        expect(exchange).toMatchObject({ headers: { 'retry-after': '1' }, body: { code: 'unavailable' } });
    }
    const expected = ['201', '503', 'refused', 'cut before the answer'];
    expect(Object.keys(tally).filter((outcome) => !expected.includes(outcome))).toEqual([]);
    expect(tally['201']).toBeGreaterThan(CALLERS);
    return tally;
  }

  async function leavesInOrder(env: NodeJS.ProcessEnv): Promise<Record<string, number>> {
    const api = await leaver(env);
    const { id, answer } = await proof.issue('token');
    const calls: Call[] = [];
    const loading = load(api.url, calls);
    await eventually(() => calls.length > 4 * CALLERS, { everyMs: 5 });
    const gate = await proof.database.closeGate(COUNTED);
    const begun = new KeepAliveCaller(api.url, token).post(`/v1/challenges/${id}/answer`, { answer });
    await gate.waiting();
    const ended = api.child.stop(EXIT_MS);
    await eventually(() =>
      calls.some(({ exchange }) => exchange.kind !== 'answer' || exchange.status === 503),
    );
    await gate.open();
    expect(await begun).toMatchObject({ kind: 'answer', status: 200, body: { state: 'VERIFIED' } });
    expect(await ended).toBe(0);
    await loading;
    return await expectOrderly(calls);
  }

  // All at the same time: most of it is waiting.
  it.concurrent(
    'as an API, alone or in copies, answers what it has begun, refuses the rest and ends with 0',
    async () => {
      const outcomes: Record<string, number> = {};
      const rounds = inRounds(20, ['1', '2']);
      for (const copies of rounds) {
        for (const [outcome, count] of Object.entries(await leavesInOrder({ WEB_CONCURRENCY: copies })))
          outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
      }
      console.info(JSON.stringify({ left: rounds.length, outcomes }));
    },
    DURATION_MS,
  );

  it.concurrent(
    'as an API, waits no longer than 15 s for a request that does not come to its end',
    async () => {
      const { code, waitedMs } = await endWhileDripping(await leaver());
      expect(code).toBe(0);
      expect(waitedMs).toBeGreaterThan(10_000);
    },
    DURATION_MS,
  );

  const asAWorker = 'as a worker, gives back what it has not begun, loses nothing and ends with 0';
  it.concurrent(`${asAWorker} (without Redis)`, () => leaveUnderLoad(true), DURATION_MS);
  itOnRedis(`${asAWorker} (with Bull)`, () => leaveUnderLoad(false), DURATION_MS);
});
