import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient, ApiResponse, ChallengeView, ProblemView } from '../support/api-client.js';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, inRounds, SOAK, someone, tally } from '../support/core-proof.js';

const REPEATS = SOAK ? 120 : 50;

type Response = ApiResponse<ChallengeView & ProblemView>;

describe('an idempotency key', () => {
  let proof: CoreProof;
  let callers: ApiClient[];

  beforeAll(async () => {
    proof = await CoreProof.start(
      // As behind one address: what a process answers must not tell which it was.
      { apis: SOAK ? 4 : 2, workers: 1, apiEnv: { PUBLIC_URL: 'http://acs.localhost' } },
      tokenPolicy('token', { maxAttempts: 5 }),
      emailCodePolicy('code', { resend: { secret: 'NEW' } }),
      emailCodePolicy('reject', { active: { whenExceeded: 'REJECT' } }),
    );
    callers = await proof.callers();
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  async function post(
    path: string,
    body: object,
    key: string,
    on: ApiClient = proof.api(),
  ): Promise<Response> {
    return await on.request('POST', `/v1/challenges${path}`, body, { 'idempotency-key': key });
  }

  async function repeated(path: string, body: object, key: string): Promise<Response[]> {
    return await Promise.all(
      Array.from({ length: REPEATS }, (_, index) => post(path, body, key, callers[index % callers.length])),
    );
  }

  function expectReplay(replay: Response, first: Response): void {
    expect(replay.status).toBe(first.status);
    expect(replay.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect({ ...replay.body, traceId: '' }).toEqual({ ...first.body, traceId: '' });
  }

  it.each(inRounds(20, ['makes one challenge of many creates at the same time']))('%s', async () => {
    const key = randomUUID();
    const subject = `subject of ${key}`;
    const outcomes = await repeated('', { policyAlias: 'token', subject }, key);
    const waiting = outcomes.filter(({ status }) => status === 409);
    for (const { body, headers } of waiting) {
      expect(body.code).toBe('idempotency-in-progress');
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    const answered = outcomes.filter(({ status }) => status === 201);
    expect(answered.length + waiting.length).toBe(REPEATS);
    expect(new Set(answered.map(({ body }) => body.id)).size).toBe(1);
    expect(new Set(answered.map(({ body }) => body.token)).size).toBe(1);
    const fresh = answered.filter(({ headers }) => headers.get('idempotent-replayed') === null);
    expect(fresh).toHaveLength(1);
    expect(await proof.database.rows('SELECT FROM challenge WHERE subject = $1', subject)).toHaveLength(1);
  });

  it('replays to many at the same time, once the first has been answered', async () => {
    const key = randomUUID();
    const first = await post('', { policyAlias: 'token' }, key);
    for (const replay of await repeated('', { policyAlias: 'token' }, key)) expectReplay(replay, first);
  });

  it('is for one request: another is refused, and has no effect', async () => {
    const key = randomUUID();
    const recipient = someone();
    const first = await post('', { policyAlias: 'code', recipient, subject: 'a' }, key);
    const reordered = await post('', { subject: 'a', recipient, policyAlias: 'code' }, key);
    expectReplay(reordered, first);
    for (const other of [
      await post('', { policyAlias: 'code', recipient, subject: 'b' }, key),
      await post('', { policyAlias: 'code', recipient }, key),
      await post(`/${first.body.id}/resend`, {}, key),
      await post(`/${first.body.id}/answer`, { answer: '123456' }, key),
    ])
      expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    expect(await proof.database.audit(first.body.id)).toEqual([{ event: 'challenge.issued', reason: null }]);
  });

  it.each(inRounds(20, ['counts a wrong answer once, and replays its refusal']))('%s', async () => {
    const { id, answer, wrong } = await proof.issue('token');
    const key = randomUUID();
    const first = await post(`/${id}/answer`, { answer: wrong }, key);
    expect(first).toMatchObject({ status: 422, body: { attemptsRemaining: 4 } });
    for (const replay of await repeated(`/${id}/answer`, { answer: wrong }, key)) expectReplay(replay, first);
    expect(await proof.database.attemptsUsed(id)).toBe(1);

    const many = await repeated(`/${id}/answer`, { answer: wrong }, randomUUID());
    expect(Object.keys(tally(many)).sort()).toEqual(
      many.some(({ status }) => status === 409)
        ? ['answer-incorrect', 'idempotency-in-progress']
        : ['answer-incorrect'],
    );
    expect(await proof.database.attemptsUsed(id)).toBe(2);
    expect(await proof.api().answer(id, answer)).toMatchObject({ status: 200 });
  });

  it.each(inRounds(20, ['lets resend, answer and complete each happen once']))('%s', async () => {
    const { id } = await proof.issue('code');
    await proof.database.endCooldown(id);
    const resend = await post(`/${id}/resend`, {}, `resend-${id}`);
    expect(resend.status).toBe(202);
    await proof.database.endCooldown(id);
    expectReplay(await post(`/${id}/resend`, {}, `resend-${id}`, callers[1]), resend);

    const answer = await proof.code(id, 2);
    const verified = await post(`/${id}/answer`, { answer }, `answer-${id}`);
    expect(verified).toMatchObject({ status: 200, body: { state: 'VERIFIED', resends: { used: 1 } } });
    expectReplay(await post(`/${id}/answer`, { answer }, `answer-${id}`, callers[1]), verified);

    const completed = await post(`/${id}/complete`, {}, `complete-${id}`);
    expect(completed).toMatchObject({ status: 200, body: { state: 'COMPLETED' } });
    expectReplay(await post(`/${id}/complete`, {}, `complete-${id}`, callers[1]), completed);
    expectReplay(await post(`/${id}/answer`, { answer }, `answer-${id}`), verified);
    expect(proof.messages(id)).toHaveLength(2);
    expect(await proof.database.count(id, 'challenge.completed')).toBe(1);
  });

  it('replays refusals, but not those that tell to come back', async () => {
    const recipient = someone();
    const active = await post('', { policyAlias: 'reject', recipient }, randomUUID());
    const key = randomUUID();
    const refused = await post('', { policyAlias: 'reject', recipient }, key);
    expect(refused).toMatchObject({ status: 409, body: { code: 'challenge-already-active' } });
    await proof.api().cancel(active.body.id);
    expectReplay(await post('', { policyAlias: 'reject', recipient }, key), refused);

    const { id } = await proof.issue('code');
    expect(await post(`/${id}/resend`, {}, `early-${id}`)).toMatchObject({
      status: 429,
      body: { code: 'resend-too-soon' },
    });
    await proof.database.endCooldown(id);
    expect(await post(`/${id}/resend`, {}, `early-${id}`)).toMatchObject({ status: 202 });
  });

  it('belongs to its tenant', async () => {
    const globex = proof.acs.api('globex');
    await globex.createPolicy(tokenPolicy('token'));
    const key = randomUUID();
    const ours = await post('', { policyAlias: 'token' }, key);
    const theirs = await post('', { policyAlias: 'token' }, key, globex);
    expect([ours.status, theirs.status]).toEqual([201, 201]);
    expect(theirs.headers.get('idempotent-replayed')).toBeNull();
    expect(theirs.body.id).not.toBe(ours.body.id);
  });

  it.each([
    ['empty', ''],
    ['longer than 255 characters', 'k'.repeat(256)],
    ['with a space', 'a b'],
    ['with a letter beyond ASCII', 'clé'],
  ])('that is %s is refused', async (_name, key) => {
    expect(await post('', { policyAlias: 'token' }, key)).toMatchObject({
      status: 400,
      body: { code: 'request-invalid', errors: [{ pointer: '/headers/idempotency-key' }] },
    });
  });

  it('may be 255 visible characters long, on a request that is refused as well', async () => {
    const key = '!~'.repeat(127) + '"';
    expect(await post('', { policyAlias: 'token' }, key)).toMatchObject({ status: 201 });
    const deep = { policyAlias: 'token', action: { name: '\ud800' } };
    expect(await post('', deep, randomUUID())).toMatchObject({ status: 400 });
  });

  it('frees the way again when its first request failed without an outcome', async () => {
    const mend = await proof.database.breakOn(
      `BEFORE INSERT ON audit FOR EACH ROW WHEN (NEW.event = 'challenge.issued')`,
    );
    const key = randomUUID();
    const failed = await post('', { policyAlias: 'token' }, key);
    expect(failed).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    await mend();
    const retried = await post('', { policyAlias: 'token' }, key);
    expect(retried.status).toBe(201);
    expect(retried.headers.get('idempotent-replayed')).toBeNull();
  });

  it.each(inRounds(20, ['gets the first answer although the process is killed between commit and reply']))(
    '%s',
    async () => {
      const doomed = await proof.acs.addApi();
      const key = randomUUID();
      const subject = `subject of ${key}`;
      const request = { policyAlias: 'token', subject };
      // Held inside COMMIT: the process that asked for it is gone by the time it is done.
      const gate = await proof.database.closeGate(
        'DEFERRED AFTER INSERT ON idempotency_key DEFERRABLE INITIALLY DEFERRED FOR EACH ROW',
      );
      const lost = post('', request, key, proof.api(proof.acs.apis.length - 1)).catch(() => 'no reply');
      await gate.waiting();
      await doomed.child.kill();
      proof.acs.apis.pop();
      expect(await lost).toBe('no reply');
      expect(await post('', request, key)).toMatchObject({
        status: 409,
        body: { code: 'idempotency-in-progress' },
      });
      await gate.open();
      let replayed = await post('', request, key);
      while (replayed.status === 409) replayed = await post('', request, key);
      expect(replayed.status).toBe(201);
      expect(replayed.headers.get('idempotent-replayed')).toBe('true');
      const challenges = await proof.database.rows<{ id: string }>(
        'SELECT id FROM challenge WHERE subject = $1',
        subject,
      );
      expect(challenges).toEqual([{ id: replayed.body.id }]);
      expect(await proof.api().answer(replayed.body.id, replayed.body.token!)).toMatchObject({ status: 200 });
    },
  );
});
