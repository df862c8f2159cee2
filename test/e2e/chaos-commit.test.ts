import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiResponse, ChallengeView, ProblemView } from '../support/api-client.js';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, inRounds, someone } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';
import { type Loss, PostgresProxy } from '../support/postgres-proxy.js';
import { describeOnRedis } from '../support/redis-server.js';
import { databaseServerUrl } from '../support/test-database.js';

type Response = ApiResponse<ChallengeView & ProblemView>;

/** To a process both look the same: its session ends before the answer to COMMIT has come. */
const LOSSES: readonly Loss[] = inRounds(20, ['reply', 'commit']);
const COUNTING = 'challenge-count-attempt';
const RECORDING = 'idempotency-write';

let proof: CoreProof;
let proxy: PostgresProxy;

beforeAll(async () => {
  proxy = await PostgresProxy.start(databaseServerUrl());
  proof = await CoreProof.start(
    {
      servers: { databaseUrl: proxy.url },
      apis: 2,
      workers: 2,
      apiEnv: { PUBLIC_URL: 'http://acs.localhost' },
    },
    tokenPolicy('token', { maxAttempts: 5 }),
    emailCodePolicy('code', { maxAttempts: 5 }),
  );
});

afterAll(async () => {
  await proof.acs.stop();
  await proxy.stop();
});

afterEach(() => {
  proxy.atCommit = () => undefined;
});

/** Loses the next commit of a transaction that has the one statement and not the other; tells how many were lost. */
function lose(loss: Loss, statement: string, butNot = ''): () => number {
  let lost = 0;
  proxy.atCommit = (statements) => {
    if (lost > 0 || !statements.has(statement) || statements.has(butNot)) return undefined;
    lost += 1;
    return loss;
  };
  return () => lost;
}

async function post(path: string, body: object, key: string, on = 0): Promise<Response> {
  return await proof.api(on).request('POST', `/v1/challenges${path}`, body, { 'idempotency-key': key });
}

function expectUnavailable({ status, body, headers }: Response): void {
  expect({ status, code: body.code }).toEqual({ status: 503, code: 'unavailable' });
  expect(headers.get('retry-after')).toBe('1');
}

/** The request is told to come again; repeated elsewhere with its key it succeeds, and stays as it was answered then. */
async function repeated(path: string, body: object, key: string, replays: boolean): Promise<Response> {
  expectUnavailable(await post(path, body, key));
  const second = await post(path, body, key, 1);
  expect(second.headers.get('idempotent-replayed')).toBe(replays ? 'true' : null);
  const third = await post(path, body, key);
  expect(third.headers.get('idempotent-replayed')).toBe('true');
  expect({ ...third.body, traceId: '' }).toEqual({ ...second.body, traceId: '' });
  expect(third.status).toBe(second.status);
  return second;
}

describe.each(LOSSES)('A request of which the %s of its transaction is lost', (loss) => {
  const tookEffect = loss === 'reply';

  it('makes one challenge, and one message', async () => {
    const [key, recipient] = [randomUUID(), someone()];
    const lost = lose(loss, RECORDING);
    const created = await repeated('', { policyAlias: 'code', recipient, subject: key }, key, tookEffect);
    expect([created.status, lost()]).toEqual([201, 1]);
    const { id } = created.body;
    expect(await proof.database.rows('SELECT id FROM challenge WHERE subject = $1', key)).toEqual([{ id }]);
    expect(await proof.database.count(id, 'challenge.issued')).toBe(1);
    await delivered(id);
    expect(proof.messages(id)).toHaveLength(1);
  });

  it('spends places of shared limits at most, and admits nobody beyond them', async () => {
    const key = randomUUID();
    const lost = lose(loss, 'shared-counter-add');
    const created = await repeated('', { policyAlias: 'token', subject: key }, key, false);
    expect([created.status, lost()]).toEqual([201, 1]);
    expect(await proof.database.rows('SELECT FROM challenge WHERE subject = $1', key)).toHaveLength(1);
  });

  it.each(['token', 'code'])(
    'counts its attempt once, compares nothing, and may be repeated (%s)',
    async (alias) => {
      const { id, answer } = await proof.issue(alias);
      const lost = lose(loss, COUNTING);
      expectUnavailable(await post(`/${id}/answer`, { answer }, id));
      expect(lost()).toBe(1);
      const counted = tookEffect ? 1 : 0;
      expect(await proof.database.attemptsUsed(id)).toBe(counted);
      expect(await proof.database.audit(id)).toEqual([{ event: 'challenge.issued', reason: null }]);

      const second = await post(`/${id}/answer`, { answer }, id, 1);
      expect(second).toMatchObject({
        status: 200,
        body: { state: 'VERIFIED', attempts: { used: counted + 1 } },
      });
      expect((await post(`/${id}/answer`, { answer }, id)).body).toEqual(second.body);
      expect(await proof.database.attemptsUsed(id)).toBe(counted + 1);
      expect(await proof.database.count(id, 'challenge.verified')).toBe(1);
    },
  );

  it.each(['right', 'wrong'] as const)('has one outcome (%s answer)', async (kind) => {
    const issued = await proof.issue('code');
    const { id } = issued;
    const answer = kind === 'right' ? issued.answer : issued.wrong;
    const lost = lose(loss, RECORDING, COUNTING);
    const { status, body } = await repeated(`/${id}/answer`, { answer }, id, tookEffect);
    expect(lost()).toBe(1);
    // What was counted and not recorded stays counted.
    const used = tookEffect ? 1 : 2;
    expect(await proof.database.attemptsUsed(id)).toBe(used);
    expect(await proof.database.count(id, 'challenge.verified')).toBe(kind === 'right' ? 1 : 0);
    expect(await proof.database.count(id, 'challenge.answer.refused')).toBe(kind === 'right' ? 0 : 1);
    if (kind === 'right') expect({ status, state: body.state }).toEqual({ status: 200, state: 'VERIFIED' });
    else expect({ status, left: body['attemptsRemaining'] }).toEqual({ status: 422, left: 5 - used });
    const again = await proof.api().answer(id, issued.answer);
    expect(again.status).toBe(kind === 'right' ? 409 : 200);
  });

  it('resends once, and completes once', async () => {
    const { id, answer } = await proof.issue('code');
    await proof.database.endCooldown(id);
    const resends = lose(loss, RECORDING);
    const resent = await repeated(`/${id}/resend`, {}, `resend-${id}`, tookEffect);
    expect(resent).toMatchObject({ status: 202, body: { resends: { used: 1 } } });
    await proof.code(id, 2);
    await proof.api().answer(id, answer);
    const completions = lose(loss, RECORDING);
    const completed = await repeated(`/${id}/complete`, {}, `complete-${id}`, tookEffect);
    expect(completed).toMatchObject({ status: 200, body: { state: 'COMPLETED' } });
    expect([resends(), completions()]).toEqual([1, 1]);
    expect(await proof.database.count(id, 'challenge.completed')).toBe(1);
    await delivered(id);
    expect(proof.messages(id)).toHaveLength(2);
  });

  it('is cancelled once', async () => {
    const { id } = await proof.issue('token');
    const lost = lose(loss, 'audit-record');
    expectUnavailable(await proof.api().cancel(id));
    expect(await proof.api(1).cancel(id)).toMatchObject({ status: 200, body: { state: 'CANCELLED' } });
    expect(lost()).toBe(1);
    expect(await proof.database.count(id, 'challenge.cancelled')).toBe(1);
  });

  it('records what a worker has sent, without sending it again', async () => {
    await recordsOnce(loss);
  });
});

describeOnRedis('A worker that has sent, with Bull', () => {
  beforeAll(async () => {
    await proof.throughBull();
  });

  it.each(LOSSES)(
    'records it although the %s of its transaction is lost, without sending again',
    recordsOnce,
  );
});

async function recordsOnce(loss: Loss): Promise<void> {
  const lost = lose(loss, 'delivery-sent');
  const { body } = await proof.api().createChallenge({ policyAlias: 'code', recipient: someone() });
  await delivered(body.id);
  expect(lost()).toBe(1);
  expect(proof.messages(body.id)).toHaveLength(1);
  expect(await attempts(body.id)).toEqual([{ outcome: 'SENT', error: null }]);
}

/** Waits until nothing of the challenge is left to send. */
async function delivered(id: string): Promise<void> {
  await eventually(async () => {
    const rows = await proof.database.rows<{ status: string }>(
      'SELECT status FROM delivery WHERE challenge_id = $1',
      id,
    );
    return rows.every(({ status }) => status === 'SENT');
  });
}

async function attempts(id: string): Promise<object[]> {
  return await proof.database.rows(
    `SELECT a.outcome, a.error FROM delivery d JOIN delivery_attempt a ON a.delivery_id = d.id
     WHERE d.challenge_id = $1 ORDER BY a.number`,
    id,
  );
}
