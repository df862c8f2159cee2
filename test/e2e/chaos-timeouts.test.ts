import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiResponse, ChallengeView, ProblemView } from '../support/api-client.js';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, inRounds, someone } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';
import { describeOnRedis } from '../support/redis-server.js';

type Response = ApiResponse<ChallengeView & ProblemView>;

/** Longer than a statement may take, and than is waited for a COMMIT, which may take as long as it likes. */
const STALL_SECONDS = 12;
/** The audit row that a verification writes, and the one of a create. */
const STALLED = `BEFORE INSERT ON audit FOR EACH ROW
  WHEN (NEW.event IN ('challenge.verified', 'challenge.issued'))`;
const ISSUED = { event: 'challenge.issued', reason: null };

describe('What takes too long in the database', () => {
  let proof: CoreProof;
  let mend: (() => Promise<void>) | undefined;
  /** Runs beside the tests, since it takes its time. */
  let stalled: Promise<Response>;

  beforeAll(async () => {
    proof = await CoreProof.start({}, tokenPolicy('token'), emailCodePolicy('code'));
    await proof.database.stallOn(
      `DEFERRED AFTER INSERT ON challenge DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (NEW.subject = 'stalled')`,
      STALL_SECONDS,
    );
    stalled = createStalled();
  });

  afterEach(async () => {
    await mend?.();
    mend = undefined;
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  async function post(path: string, body: object, key: string): Promise<Response> {
    return await proof.api().request('POST', `/v1/challenges${path}`, body, { 'idempotency-key': key });
  }

  async function createStalled(): Promise<Response> {
    return await post('', { policyAlias: 'token', subject: 'stalled' }, 'stalled');
  }

  /** Nothing is decided: whoever asked is told to ask again. */
  function expectUnavailable(responses: readonly Response[]): void {
    expect(
      responses.map(({ status, body, headers }) => [status, body.code, headers.get('retry-after')]),
    ).toEqual(responses.map(() => [503, 'unavailable', '1']));
  }

  it.each(inRounds(10, ['is given up where a challenge is held, with nothing half done']))('%s', async () => {
    const { id, answer } = await proof.issue('code');
    const other = await proof.issue('token');
    await proof.database.endCooldown(id);
    const row = await proof.database.holdRow(id);
    const asked = Promise.all([
      post(`/${id}/answer`, { answer }, `answer-${id}`),
      post(`/${id}/resend`, {}, `resend-${id}`),
      proof.api().cancel(id),
    ]);
    await row.waiting();
    // Who wants something else is not kept waiting.
    expect(await proof.api().getChallenge(id)).toMatchObject({ status: 200, body: { state: 'ISSUED' } });
    expect(await proof.api().answer(other.id, other.answer)).toMatchObject({ status: 200 });
    expectUnavailable(await asked);
    await row.open();

    expect(await proof.database.attemptsUsed(id)).toBe(0);
    expect(await proof.database.audit(id)).toEqual([ISSUED]);
    expect(await post(`/${id}/resend`, {}, `resend-${id}`)).toMatchObject({ status: 202 });
    await proof.code(id, 2);
    const verified = await post(`/${id}/answer`, { answer }, `answer-${id}`);
    expect(verified).toMatchObject({ status: 200, body: { state: 'VERIFIED', attempts: { used: 1 } } });
    expect(await proof.api().cancel(id)).toMatchObject({ status: 200, body: { state: 'CANCELLED' } });
    expect(proof.messages(id)).toHaveLength(2);
  });

  it.each(inRounds(10, ['is given up where the counters of limits are held, and admits nobody unseen']))(
    '%s',
    async () => {
      const { view } = await proof.issue('token');
      const creates = ['a', 'b', 'c'].map((name) => `${name}-${view.id}`);
      const create = async (subject: string): Promise<Response> =>
        await post('', { policyAlias: 'token', subject }, subject);
      const made = async (): Promise<number> =>
        (await proof.database.rows('SELECT FROM challenge WHERE subject = ANY($1)', creates)).length;
      const counters = await proof.database.holdCounters();
      expectUnavailable(await Promise.all(creates.map(create)));
      expect(await made()).toBe(0);
      await counters.open();
      const statuses = (await Promise.all(creates.map(create))).map(({ status }) => status);
      expect(statuses).toEqual(creates.map(() => 201));
      expect(await made()).toBe(creates.length);
    },
  );

  it('is not waited for at commit, and replayed once it has come', async () => {
    expectUnavailable([await stalled]);
    let repeated = await createStalled();
    while (repeated.status === 409) {
      await delay(200);
      repeated = await createStalled();
    }
    expect(repeated.status).toBe(201);
    expect(repeated.headers.get('idempotent-replayed')).toBe('true');
    expect(await proof.database.rows(`SELECT FROM challenge WHERE subject = 'stalled'`)).toHaveLength(1);
  });

  it.each(inRounds(5, ['is ended by PostgreSQL, with nothing half done']))('%s', async () => {
    const { id, answer } = await proof.issue('code');
    const subject = `subject-of-${id}`;
    const create = async (): Promise<Response> => await post('', { policyAlias: 'token', subject }, subject);
    const made = async (): Promise<number> =>
      (await proof.database.rows('SELECT FROM challenge WHERE subject = $1', subject)).length;
    mend = await proof.database.stallOn(STALLED, STALL_SECONDS);
    expectUnavailable(await Promise.all([post(`/${id}/answer`, { answer }, id), create()]));
    expect(await proof.database.audit(id)).toEqual([ISSUED]);
    expect(await proof.database.attemptsUsed(id)).toBe(1);
    expect(await made()).toBe(0);
    await mend();
    mend = undefined;

    const verified = await post(`/${id}/answer`, { answer }, id);
    expect(verified).toMatchObject({ status: 200, body: { state: 'VERIFIED', attempts: { used: 2 } } });
    expect(await create()).toMatchObject({ status: 201 });
    expect(await made()).toBe(1);
  });

  /** What a worker has sent and may not record for so long that its statement is given up. */
  async function recordsLate(): Promise<void> {
    const recording = await proof.database.closeGate(
      `BEFORE UPDATE ON delivery_attempt FOR EACH ROW WHEN (NEW.outcome = 'SENT')`,
    );
    const { body } = await proof.api().createChallenge({ policyAlias: 'code', recipient: someone() });
    const waitingSince = async (): Promise<number> => {
      await recording.waiting();
      const [row] = await proof.database.rows<{ at: Date | null }>(
        `SELECT max(query_start) AS at FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
      );
      return row!.at?.getTime() ?? 0;
    };
    const first = await waitingSince();
    await eventually(async () => (await waitingSince()) > first);
    await recording.open();
    const attempts = async (): Promise<object[]> =>
      await proof.database.rows(
        `SELECT d.status, a.outcome FROM delivery d JOIN delivery_attempt a ON a.delivery_id = d.id
         WHERE d.challenge_id = $1`,
        body.id,
      );
    await eventually(async () => (await attempts()).some((row) => 'outcome' in row && row.outcome !== null));
    expect(await attempts()).toEqual([{ status: 'SENT', outcome: 'SENT' }]);
    expect(proof.messages(body.id)).toHaveLength(1);
  }

  it.each(inRounds(10, ['is tried again by a worker that has sent, without sending again']))(
    '%s',
    recordsLate,
  );

  describeOnRedis('with Bull', () => {
    beforeAll(async () => {
      await proof.throughBull();
    });

    it.each(inRounds(10, ['is tried again by a worker that has sent, without sending again']))(
      '%s',
      recordsLate,
    );
  });
});
