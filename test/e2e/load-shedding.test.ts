import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Acs, startAcs } from '../support/acs.js';
import type { ApiClient } from '../support/api-client.js';
import { tally } from '../support/core-proof.js';

/** What a pool as small as this one has: see `LoadShedder`. */
const CREATES = 256;
const SHARE = CREATES / 2;
/** By how much a refusal waits, but for what clocks round. */
const HELD_BACK_MS = 990;

describe('A process that is asked for more than it can do', () => {
  let acs: Acs;
  let blocker: pg.Client;
  let acme: ApiClient;
  let globex: ApiClient;

  beforeAll(async () => {
    acs = await startAcs({ workers: 0, apiEnv: { DATABASE_POOL_SIZE: '4' } });
    blocker = new pg.Client({ connectionString: acs.database.superuserUrl });
    await blocker.connect();
    [acme, globex] = [acs.api('acme'), acs.api('globex')];
    await Promise.all([acme.getConfiguration(), globex.getConfiguration()]);
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

  /** What the requests that `begin` sends are answered with when nothing can be issued until all of them have come. */
  async function standingStill<T>(begin: () => Promise<T>): Promise<T> {
    await blocker.query('BEGIN; LOCK TABLE limit_counter IN ACCESS EXCLUSIVE MODE');
    try {
      return await begin();
    } finally {
      // Answered behind them.
      await fetch(`${acs.apis[0]!.url}/health/live`);
      await blocker.query('COMMIT');
    }
  }

  it('sheds the creates of a tenant that has its share, and takes those of another', async () => {
    const { flood, others } = await standingStill(async () => {
      const flooding = creates(acme, SHARE + 10);
      const sentAt = performance.now();
      const shed = await Promise.race(flooding);
      expect(performance.now() - sentAt).toBeGreaterThanOrEqual(HELD_BACK_MS);
      expect(shed).toMatchObject({ status: 503, body: { code: 'overloaded' } });
      expect(shed.headers.get('retry-after')).toBe('1');
      return { flood: flooding, others: creates(globex, 4) };
    });
    expect(tally(await Promise.all(flood))).toEqual({ 201: SHARE, overloaded: 10 });
    expect(tally(await Promise.all(others))).toEqual({ 201: 4 });
  });

  it('sheds creates before it looks at them, and reads what is asked of it', async () => {
    const { created, refused, read } = await standingStill(async () => {
      const filling = [...creates(acme, SHARE), ...creates(globex, SHARE)];
      await fetch(`${acs.apis[0]!.url}/health/live`);
      const sentAt = performance.now();
      const unknown = await fetch(`${acs.apis[0]!.url}/v1/challenges`, { method: 'POST' });
      expect(performance.now() - sentAt).toBeGreaterThanOrEqual(HELD_BACK_MS);
      return { created: filling, refused: unknown, read: acme.getConfiguration() };
    });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'overloaded' });
    expect(tally(await Promise.all(created))).toEqual({ 201: CREATES });
    expect((await read).status).toBe(200);
  });

  it('has every place back once all is answered', async () => {
    const answers = await Promise.all([...creates(acme, SHARE), ...creates(globex, SHARE)]);
    expect(tally(answers)).toEqual({ 201: CREATES });
  });
});
