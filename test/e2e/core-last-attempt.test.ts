import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, type Issued, SOAK, someone, tally } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';

const MAX = 2;
const SETTLING_MS = 20_000;
const ROUNDS = SOAK ? 10 : 1;
const BEING_CHECKED = {
  status: 409,
  body: { code: 'challenge-state-conflict', state: 'ISSUED', stateReason: null },
};
const EXHAUSTED = {
  status: 409,
  body: { code: 'challenge-state-conflict', state: 'FAILED', stateReason: 'ATTEMPTS_EXHAUSTED' },
};
const NEW_STATE = 'UPDATE ON challenge FOR EACH ROW WHEN (NEW.state <> OLD.state)';

describe('a last attempt that was counted', () => {
  let proof: CoreProof;

  beforeAll(async () => {
    proof = await CoreProof.start(
      { apis: 1, workers: 1 },
      tokenPolicy('token', { maxAttempts: MAX }),
      emailCodePolicy('code', { maxAttempts: MAX, active: { whenExceeded: 'REJECT' } }),
    );
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  /** Spends every attempt; the process dies before the outcome of the last one is recorded. */
  async function diesAtTheLast({ id, wrong }: Issued, answer: string): Promise<void> {
    for (let used = 1; used < MAX; used += 1)
      expect(await proof.api().answer(id, wrong)).toMatchObject({ status: 422 });
    const doomed = await proof.acs.addApi();
    const gate = await proof.database.closeGate(`BEFORE ${NEW_STATE}`);
    const answered = proof
      .api(proof.acs.apis.length - 1)
      .answer(id, answer)
      .catch(() => 'no reply');
    const [pid] = await gate.waiting();
    await doomed.child.kill();
    proof.acs.apis.pop();
    expect(await answered).toBe('no reply');
    await gate.terminate(pid!);
    await gate.open();
    expect(await proof.database.attemptsUsed(id)).toBe(MAX);
  }

  it.each(['right', 'wrong'] as const)(
    'fails the challenge when the process dies before its outcome is recorded (%s answer)',
    async (kind) => {
      const recipient = someone();
      const issued = await proof.issue('code', { recipient });
      const { id, answer } = issued;
      await diesAtTheLast(issued, issued[kind === 'right' ? 'answer' : 'wrong']);

      // As long as the process could still be alive, nothing is decided and nothing sent.
      await proof.database.endCooldown(id);
      expect(await proof.api().getChallenge(id)).toMatchObject({ body: { state: 'ISSUED', endedAt: null } });
      const resend = await proof
        .api()
        .request('POST', `/v1/challenges/${id}/resend`, {}, { 'idempotency-key': id });
      expect(resend).toMatchObject(BEING_CHECKED);
      expect(resend.headers.get('retry-after')).toBe('1');
      expect(await proof.api().answer(id, answer)).toMatchObject(BEING_CHECKED);
      expect(await proof.api().createChallenge({ policyAlias: 'code', recipient })).toMatchObject({
        body: { code: 'challenge-already-active' },
      });

      if (!SOAK) await proof.database.endSettling(id);
      await eventually(async () => (await proof.api().getChallenge(id)).body.state === 'FAILED', {
        timeoutMs: SETTLING_MS + 5_000,
      });
      const { body } = await proof.api().getChallenge(id);
      expect(body).toMatchObject({ stateReason: 'ATTEMPTS_EXHAUSTED', attempts: { used: MAX, max: MAX } });
      expect(Date.parse(body['endedAt'] as string)).toBeLessThan(Date.parse(body['expiresAt'] as string));
      expect(await proof.api().answer(id, answer)).toMatchObject(EXHAUSTED);
      expect(
        await proof.api().request('POST', `/v1/challenges/${id}/resend`, {}, { 'idempotency-key': id }),
      ).toMatchObject(EXHAUSTED);
      expect(await proof.api().cancel(id)).toMatchObject(EXHAUSTED);
      expect(await proof.api().createChallenge({ policyAlias: 'code', recipient })).toMatchObject({
        status: 201,
      });

      await eventually(async () => (await proof.database.storedState(id)) === 'FAILED');
      expect((await proof.api().getChallenge(id)).body).toMatchObject({ endedAt: body['endedAt'] });
      expect(await proof.database.count(id, 'challenge.failed')).toBe(1);
      expect(await proof.database.count(id, 'challenge.resent')).toBe(0);
      const sealed = await proof.database.rows(
        'SELECT FROM delivery WHERE challenge_id = $1 AND message_sealed IS NOT NULL',
        id,
      );
      expect(sealed).toEqual([]);
      expect(proof.messages(id)).toHaveLength(1);
    },
    60_000,
  );

  it.each(['right', 'wrong'] as const)(
    'is refused when it comes to be settled too late (%s answer)',
    async (kind) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const issued = await proof.issue('token');
        const { id } = issued;
        await proof.api().answer(id, issued.wrong);
        const last = issued[kind === 'right' ? 'answer' : 'wrong'];
        const [, answered] = await proof.answerInterrupted(id, last, () => proof.database.endSettling(id));
        expect(await answered).toMatchObject(EXHAUSTED);
        expect(await proof.database.count(id, 'challenge.verified')).toBe(0);
        expect(await proof.database.audit(id)).toContainEqual({
          event: 'challenge.answer.refused',
          reason: 'challenge-state-conflict',
        });
        await eventually(async () => (await proof.database.storedState(id)) === 'FAILED');
        expect(await proof.database.count(id, 'challenge.failed')).toBe(1);
      }
    },
  );

  it('verifies the challenge when it is right and settled in time, however many ask meanwhile', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { id, answer, wrong } = await proof.issue('code');
      await proof.api().answer(id, wrong);
      await proof.database.endCooldown(id);
      const [row, answered] = await proof.answerInterrupted(id, answer, () => proof.database.holdRow(id));
      await row.waiting();
      const others = Array.from({ length: 8 }, (_, index) =>
        index % 2 ? proof.api().resend(id) : proof.api().answer(id, answer),
      );
      await row.open();
      expect(await answered).toMatchObject({ status: 200, body: { state: 'VERIFIED' } });
      expect(tally(await Promise.all(others))).toEqual({ 'challenge-state-conflict': 8 });
      expect(await proof.database.count(id, 'challenge.verified')).toBe(1);
      expect(await proof.database.count(id, 'challenge.resent')).toBe(0);
    }
  });
});
