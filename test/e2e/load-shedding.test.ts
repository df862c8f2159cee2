import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { freePort } from '../../scripts/quickstart/ports.js';
import { type Acs, startAcs } from '../support/acs.js';
import type { ApiClient } from '../support/api-client.js';
import { tally } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';

/** What a pool as small as this one has: see `LoadShedder`. */
const POOL_SIZE = 4;
const TURNS = 2;
/** Enough to have every turn for as long as a test takes. */
const STUCK = 4 * TURNS;
const CREATES = 512;
const SHARE = (CREATES * 7) / 8;
const BEYOND = 10;
/** Few enough that even a slow machine has all of them wait before the first would have its turn. */
const QUEUE = 64;
/** By how much a refusal waits, but for what clocks round. */
const HELD_BACK_MS = 1_990;
const LONGEST_TURN_MS = 3_000;

describe('A process that is asked for more than it can do', () => {
  let acs: Acs;
  let metricsUrl: string;
  let blocker: pg.Client;
  let acme: ApiClient;
  let globex: ApiClient;

  beforeAll(async () => {
    const port = await freePort();
    metricsUrl = `http://127.0.0.1:${port}/metrics`;
    acs = await startAcs({
      workers: 0,
      apiEnv: { DATABASE_POOL_SIZE: String(POOL_SIZE), METRICS_PORT: String(port) },
    });
    blocker = new pg.Client({ connectionString: acs.database.superuserUrl });
    await blocker.connect();
    [acme, globex] = [acs.api('acme'), acs.api('globex')];
    await Promise.all([acme.getConfiguration(), globex.getConfiguration()]);
    // Node takes one new connection per turn of its event loop: what comes over one that is kept comes in order.
    await Promise.all(empty(acme, SHARE));
  });

  afterAll(async () => {
    await blocker.end();
    await acs.stop();
  });

  let recipients = 0;
  const creates = (api: ApiClient, count: number): ReturnType<ApiClient['createChallenge']>[] =>
    Array.from({ length: count }, () =>
      api.createChallenge({ policyAlias: 'password-reset', recipient: `${(recipients += 1)}@example.com` }),
    );

  /** Creates that take their turn, and are refused in it without asking the database for anything. */
  const empty = (api: ApiClient, count: number): ReturnType<ApiClient['createChallenge']>[] =>
    Array.from({ length: count }, () => api.createChallenge({}));

  /**
   * What `begin` resolves with while nothing can be issued, and the creates of `acme` that have every turn meanwhile:
   * two at a time, since each gives up its turn when the database has had it wait for two seconds.
   */
  async function standingStill<T>(
    begin: () => Promise<T>,
  ): Promise<{ began: T; stuck: ReturnType<typeof creates> }> {
    await blocker.query('BEGIN; LOCK TABLE delivery IN EXCLUSIVE MODE');
    try {
      const stuck = creates(acme, STUCK);
      await eventually(async () => (await waiting()) === TURNS);
      await behindThem();
      return { began: await begin(), stuck };
    } finally {
      await blocker.query('COMMIT');
    }
  }

  async function waiting(): Promise<number> {
    const { rows } = await blocker.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted',
    );
    return rows[0]!.count;
  }

  it('sheds the creates of a tenant that has its share, and takes those of another', async () => {
    const { url } = acs.apis[0]!;
    const token = await acs.token('acme');
    // Told of beforehand, so that all of them come at once: none waits too long for its turn until the last is there.
    const told = await Promise.all(
      Array.from({ length: SHARE - STUCK + BEYOND }, () => announced(url, token)),
    );
    const before = { turn: await refused('turn'), share: await refused('share') };
    const { stuck, began } = await standingStill(async () => {
      const sentAt = performance.now();
      const flood = told.map(async (create) => {
        const { statusCode, headers } = await answerTo(create);
        return { statusCode, headers, afterMs: performance.now() - sentAt };
      });
      // They are told of it later, and what waits for a turn must not wait that long.
      await eventually(async () => (await refused('share')) === before.share + BEYOND);
      const others = creates(globex, 4);
      await behindThem();
      return { flood, others };
    });
    expect(tally(await Promise.all(began.others))).toEqual({ 201: 4 });
    const answers = await Promise.all(began.flood);
    const turns = (await refused('turn')) - before.turn;
    expect(await refused('share')).toBe(before.share + BEYOND);
    const refusals = answers.filter(({ statusCode }) => statusCode !== 400);
    expect(refusals).toHaveLength(BEYOND + turns);
    for (const { statusCode, headers, afterMs } of refusals) {
      expect(statusCode).toBe(503);
      expect(headers['retry-after']).toBe('1');
      expect(afterMs).toBeGreaterThanOrEqual(HELD_BACK_MS);
    }
    await Promise.all(stuck);
  });

  it('sheds creates before it looks at them, and reads what is asked of it', async () => {
    const { url } = acs.apis[0]!;
    const [ofAcme, ofGlobex] = await Promise.all([acs.token('acme'), acs.token('globex')]);
    const filling = await Promise.all(
      Array.from({ length: CREATES }, (_, index) => announced(url, index < SHARE ? ofAcme : ofGlobex)),
    );
    const unknown = (): Promise<Response> => fetch(`${url}/v1/challenges`, { method: 'POST' });
    await eventually(async () => (await unknown()).status === 503);
    const before = await refused('places');
    const sentAt = performance.now();
    const [answer, read] = await Promise.all([unknown(), acme.getConfiguration()]);
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(HELD_BACK_MS);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'overloaded' });
    expect(await refused('places')).toBe(before + 1);
    expect(read.status).toBe(200);
    const turns = await refused('turn');
    const answers = await Promise.all(filling.map((create) => answerTo(create)));
    const statuses = answers.map(({ statusCode }) => statusCode);
    // On a slow machine the last of them wait too long for their turn.
    expect(statuses.filter((status) => status !== 400)).toEqual(
      Array<number>((await refused('turn')) - turns).fill(503),
    );
  });

  it('answers while every create waits', async () => {
    const [created] = await Promise.all(creates(acme, 1));
    const { stuck, began } = await standingStill(async () => await acme.answer(created!.body.id, 'not-it'));
    expect(began.body.code).toBe('answer-incorrect');
    expect(tally(await Promise.all(stuck))).toEqual({ 201: STUCK });
  });

  it('takes the creates of tenants in turn', async () => {
    const { url } = acs.apis[0]!;
    const [ofAcme, ofGlobex] = await Promise.all([acs.token('acme'), acs.token('globex')]);
    const flood = await Promise.all(Array.from({ length: QUEUE }, () => announced(url, ofAcme)));
    const other = await announced(url, ofGlobex);
    const { stuck, began } = await standingStill(async () => {
      const ended: string[] = [];
      const told = async (name: string, create: ClientRequest): Promise<void> => {
        await answerTo(create);
        ended.push(name);
      };
      const all = flood.map((create) => told('acme', create));
      await behindThem();
      all.push(told('globex', other));
      await behindThem();
      return { ended, all };
    });
    await Promise.all([...stuck, ...began.all]);
    expect(began.ended.indexOf('globex')).toBeLessThan(QUEUE / 4);
  });

  it('refuses a create whose turn does not come', async () => {
    const before = await refused('turn');
    const { began, stuck } = await standingStill(async () => {
      const sentAt = performance.now();
      const [answer] = await Promise.all(empty(acme, 1));
      return { answer, afterMs: performance.now() - sentAt };
    });
    expect(began.answer).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    expect(began.answer!.headers.get('retry-after')).toBe('1');
    expect(began.afterMs).toBeGreaterThanOrEqual(LONGEST_TURN_MS - 10);
    const { overloaded = 0 } = tally(await Promise.all(stuck));
    expect((await refused('turn')) - before).toBe(1 + overloaded);
  });

  it('has every place and every turn back once all is answered', async () => {
    const [places, share, turns] = [await refused('places'), await refused('share'), await refused('turn')];
    const answers = await Promise.all([...empty(acme, SHARE), ...empty(globex, CREATES - SHARE)]);
    // What takes every place on a slow machine waits too long for its turn, but it does find its place.
    expect([await refused('places'), await refused('share')]).toEqual([places, share]);
    const overloaded = (await refused('turn')) - turns;
    expect(tally(answers)).toEqual({
      'request-invalid': CREATES - overloaded,
      ...(overloaded && { overloaded }),
    });
    const { stuck } = await standingStill(() => Promise.resolve());
    await Promise.all(stuck);
  });

  /** How many creates the API has refused for this. */
  async function refused(cause: 'places' | 'share' | 'turn'): Promise<number> {
    const text = await (await fetch(metricsUrl)).text();
    const sample = `acs_http_overload_refusals_total\\{kind="create",cause="${cause}"\\} (\\d+)`;
    return Number(new RegExp(sample).exec(text)![1]);
  }

  /** Resolves when the API has come to what was sent before. */
  async function behindThem(): Promise<void> {
    await fetch(`${acs.apis[0]!.url}/health/live`);
  }
});

/** A create that the API has been told of; its body is still to come. */
async function announced(url: string, token: string): Promise<ClientRequest> {
  const create = request(`${url}/v1/challenges`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': 2,
    },
  });
  create.flushHeaders();
  const [socket] = (await once(create, 'socket')) as [Socket];
  if (socket.connecting) await once(socket, 'connect');
  return create;
}

/** Sends its body, which says nothing. */
async function answerTo(create: ClientRequest): Promise<IncomingMessage> {
  create.end('{}');
  const [response] = (await once(create, 'response')) as [IncomingMessage];
  return response.resume();
}
