import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiResponse } from '../support/api-client.js';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, inRounds, type Issued, SOAK, tally } from '../support/core-proof.js';

const MAX = 3;
const THROWING = new URL('../support/core-throwing-process.js', import.meta.url).href;
const MANY = SOAK ? 100 : 12;
/** What comes after the comparison of an answer: its audit row, the challenge's new state, the commit of both. */
const AUDIT_OF_OUTCOME = `INSERT ON audit FOR EACH ROW
  WHEN (NEW.event IN ('challenge.answer.refused', 'challenge.verified', 'challenge.failed'))`;
const NEW_STATE = 'UPDATE ON challenge FOR EACH ROW WHEN (NEW.state <> OLD.state)';
/** Of one challenge: the worker gives those up meanwhile that earlier tests left. */
const newStateOf = (id: string): string =>
  `UPDATE ON challenge FOR EACH ROW WHEN (NEW.id = '${id}' AND NEW.state <> OLD.state)`;
const FAULTS = {
  'the audit trail takes no row': `BEFORE ${AUDIT_OF_OUTCOME}`,
  'the commit fails': `DEFERRED AFTER ${AUDIT_OF_OUTCOME.replace('FOR EACH ROW', 'DEFERRABLE INITIALLY DEFERRED FOR EACH ROW')}`,
  'the new state cannot be written': `BEFORE ${NEW_STATE}`,
};

describe('an attempt stays counted', () => {
  let proof: CoreProof;
  let mend: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    proof = await CoreProof.start(
      { apis: SOAK ? 4 : 2, workers: 1 },
      tokenPolicy('token', { maxAttempts: MAX }),
      emailCodePolicy('code', { maxAttempts: MAX }),
    );
  });

  afterEach(async () => {
    await mend?.();
    mend = undefined;
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  async function failsToAnswer({ id }: Issued, answer: string): Promise<void> {
    expect(await proof.api().answer(id, answer)).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    });
  }

  describe.each(inRounds(10, Object.entries(FAULTS)))('when %s', (name, clause) => {
    it.each(['token', 'code'])('for every right answer that cannot be recorded (%s)', async (policy) => {
      const issued = await proof.issue(policy);
      mend = await proof.database.breakOn(clause);
      for (let used = 1; used <= MAX; used += 1) {
        await failsToAnswer(issued, issued.answer);
        expect(await proof.database.attemptsUsed(issued.id)).toBe(used);
      }
      await mend();
      mend = undefined;
      expect(await proof.api().answer(issued.id, issued.answer)).toMatchObject({
        status: 409,
        body: { code: 'challenge-state-conflict' },
      });
      expect(await proof.database.count(issued.id, 'challenge.verified')).toBe(0);
    });

    it('for right answers at the same time, over several processes', async () => {
      const callers = await proof.callers();
      const issued = await proof.issue('token');
      mend = await proof.database.breakOn(clause);
      const outcomes = await Promise.all(
        Array.from({ length: MANY }, (_, index) =>
          callers[index % callers.length]!.answer(issued.id, issued.answer),
        ),
      );
      const { unavailable = 0, 'challenge-state-conflict': conflicts = 0 } = tally(outcomes);
      expect(unavailable).toBeGreaterThanOrEqual(MAX);
      expect(unavailable + conflicts).toBe(MANY);
      expect(await proof.database.attemptsUsed(issued.id)).toBe(MAX);
      expect(await proof.database.count(issued.id, 'challenge.verified')).toBe(0);
    });

    it('for wrong answers', async () => {
      const issued = await proof.issue('code');
      mend = await proof.database.breakOn(clause);
      for (let used = 1; used < MAX; used += 1) {
        const { status } = await proof.api().answer(issued.id, issued.wrong);
        // A wrong answer that is not the last leaves the state as it is.
        expect(status).toBe(clause.includes('ON challenge') ? 422 : 503);
      }
      await failsToAnswer(issued, issued.wrong);
      expect(await proof.database.attemptsUsed(issued.id)).toBe(MAX);
      await mend();
      mend = undefined;
      expect(await proof.api().answer(issued.id, issued.answer)).toMatchObject({ status: 409 });
    });

    it(`and its recipient's failure too (${name})`, async () => {
      const issued = await proof.issue('code');
      mend = await proof.database.breakOn(clause);
      await failsToAnswer(issued, issued.answer);
      const [failures] = await proof.database.rows<{ count: number }>(
        `SELECT l.count FROM challenge c JOIN limit_counter l ON l.key = 'failures:'::bytea || c.recipient_index
         WHERE c.id = $1`,
        issued.id,
      );
      expect(failures).toEqual({ count: 1 });
    });
  });

  it.each(
    inRounds(3, [
      ['the handler', 'handler', 'token', 'right'],
      ['an interceptor', 'interceptor', 'token', 'right'],
      ['the filter', 'filter', 'code', 'wrong'],
    ] as const),
  )('when %s throws after the comparison', async (_name, place, policy, kind) => {
    const api = await proof.acs.addApi({ NODE_OPTIONS: `--import ${THROWING}`, THROWS_IN: place });
    const issued = await proof.issue(policy);
    const answer = kind === 'right' ? issued.answer : issued.wrong;
    const authorization = `Bearer ${await proof.acs.token('acme')}`;
    for (let used = 1; used <= (kind === 'right' ? 1 : MAX); used += 1) {
      const response = await fetch(`${api.url}/v1/challenges/${issued.id}/answer`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ answer }),
      });
      expect(response.status).toBeGreaterThanOrEqual(500);
      expect(await response.text()).not.toMatch(/fault of the proof/);
      expect(await proof.database.attemptsUsed(issued.id)).toBe(used);
    }
    const [state, event] = kind === 'right' ? ['VERIFIED', 'verified'] : ['FAILED', 'failed'];
    expect(await proof.api().answer(issued.id, issued.answer)).toMatchObject({
      status: 409,
      body: { state },
    });
    expect(await proof.database.count(issued.id, `challenge.${event}`)).toBe(1);
    await api.child.stop();
    proof.acs.apis.splice(proof.acs.apis.indexOf(api), 1);
  });

  it.each(inRounds(10, ['and its idempotency key is free for another try, which counts as well']))(
    '%s',
    async () => {
      const { id, answer } = await proof.issue('token');
      const attempt = async (): Promise<ApiResponse<unknown>> =>
        await proof
          .api()
          .request('POST', `/v1/challenges/${id}/answer`, { answer }, { 'idempotency-key': `key-${id}` });
      mend = await proof.database.breakOn(`BEFORE ${AUDIT_OF_OUTCOME}`);
      expect(await attempt()).toMatchObject({ status: 503 });
      await mend();
      mend = undefined;
      const second = await attempt();
      expect(second).toMatchObject({ status: 200, body: { state: 'VERIFIED', attempts: { used: 2 } } });
      expect(await attempt()).toMatchObject({ status: 200, body: second.body as object });
      expect(await proof.database.attemptsUsed(id)).toBe(2);
    },
  );

  it.each(inRounds(10, ['and its outcome replayed, when the reply to its commit is lost']))(
    '%s',
    async () => {
      const { id, answer } = await proof.issue('token');
      const attempt = async (): Promise<ApiResponse<unknown>> =>
        await proof
          .api()
          .request('POST', `/v1/challenges/${id}/answer`, { answer }, { 'idempotency-key': `lost-${id}` });
      const doomed = await proof.acs.addApi();
      const gate = await proof.database.closeGate(
        `DEFERRED AFTER UPDATE ON idempotency_key DEFERRABLE INITIALLY DEFERRED FOR EACH ROW`,
      );
      const lost = proof
        .api(proof.acs.apis.length - 1)
        .request('POST', `/v1/challenges/${id}/answer`, { answer }, { 'idempotency-key': `lost-${id}` })
        .catch(() => 'no reply');
      await gate.waiting();
      await doomed.child.kill();
      expect(await lost).toBe('no reply');
      await gate.open();
      let replayed = await attempt();
      while (replayed.status === 409) replayed = await attempt();
      expect(replayed).toMatchObject({ status: 200, body: { state: 'VERIFIED', attempts: { used: 1 } } });
      expect(replayed.headers.get('idempotent-replayed')).toBe('true');
      expect(await proof.database.count(id, 'challenge.verified')).toBe(1);
    },
  );

  it.each(inRounds(10, ['when its connection is cut after the comparison']))('%s', async () => {
    const { id, answer } = await proof.issue('token');
    const gate = await proof.database.closeGate(`BEFORE ${newStateOf(id)}`);
    const answered = proof.api().answer(id, answer);
    const [pid] = await gate.waiting();
    expect(await proof.database.attemptsUsed(id)).toBe(1);
    await gate.terminate(pid!);
    expect(await answered).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    await gate.open();
    expect(await proof.api().getChallenge(id)).toMatchObject({
      body: { state: 'ISSUED', attempts: { used: 1 } },
    });
    expect(await proof.api().answer(id, answer)).toMatchObject({
      status: 200,
      body: { attempts: { used: 2 } },
    });
  });

  it.each(inRounds(10, ['when its process is killed after the comparison']))('%s', async () => {
    const doomed = await proof.acs.addApi();
    const { id, answer } = await proof.issue('token');
    const gate = await proof.database.closeGate(`BEFORE ${newStateOf(id)}`);
    const answered = proof
      .api(proof.acs.apis.length - 1)
      .answer(id, answer)
      .catch(() => 'no reply');
    const [pid] = await gate.waiting();
    await doomed.child.kill();
    expect(await answered).toBe('no reply');
    await gate.terminate(pid!);
    await gate.open();
    expect(await proof.api().getChallenge(id)).toMatchObject({
      body: { state: 'ISSUED', attempts: { used: 1 } },
    });
  });
});
