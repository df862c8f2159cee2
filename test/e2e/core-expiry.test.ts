import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gate } from '../support/core-database.js';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, inRounds, SOAK, someone } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';

const SOON_MS = 1_400;
const AROUND_MS = 100;
const EXPIRED = {
  status: 409,
  body: { code: 'challenge-state-conflict', state: 'EXPIRED', stateReason: 'NOT_ANSWERED' },
};
/** What has rounds of its own takes longer than a test usually may, in its long form. */
const LONG_MS = SOAK ? 600_000 : 60_000;
const HALF_AN_HOUR_MS = 1_800_000;
const SKEWED_CLOCK = new URL('../support/core-skewed-clock.js', import.meta.url).href;

describe('the time of a challenge', () => {
  let proof: CoreProof;

  beforeAll(async () => {
    proof = await CoreProof.start(
      { apis: SOAK ? 3 : 1, workers: 0 },
      tokenPolicy('token', { maxAttempts: 5 }),
      emailCodePolicy('code'),
    );
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  it('is over at its instant although nothing has recorded it, and the worker then records it', async () => {
    const recipient = someone();
    const { body: unanswered } = await proof.api().createChallenge({ policyAlias: 'code', recipient });
    const { id: uncompleted, answer } = await proof.issue('token');
    await proof.api().answer(uncompleted, answer);
    await proof.database.moveDeadline(unanswered.id, 0);
    await proof.database.moveDeadline(uncompleted, 0);

    const before = await proof.api().getChallenge(unanswered.id);
    expect(before).toMatchObject({ body: { state: 'EXPIRED', stateReason: 'NOT_ANSWERED' } });
    expect(before.body['endedAt']).toBe(before.body['expiresAt']);
    expect(await proof.api().getChallenge(uncompleted)).toMatchObject({
      body: { state: 'EXPIRED', stateReason: 'NOT_COMPLETED' },
    });
    expect(await proof.database.storedState(unanswered.id)).toBe('ISSUED');
    expect(await proof.database.storedState(uncompleted)).toBe('VERIFIED');
    for (const refused of [
      await proof.api().answer(unanswered.id, '123456'),
      await proof.api().resend(unanswered.id),
      await proof.api().cancel(unanswered.id),
    ])
      expect(refused).toMatchObject(EXPIRED);

    await proof.acs.addWorker();
    await eventually(async () => (await proof.database.storedState(unanswered.id)) === 'EXPIRED');
    await eventually(async () => (await proof.database.storedState(uncompleted)) === 'EXPIRED');
    expect(await proof.database.audit(unanswered.id)).toContainEqual({
      event: 'challenge.expired',
      reason: 'NOT_ANSWERED',
    });
    expect(await proof.database.audit(uncompleted)).toContainEqual({
      event: 'challenge.expired',
      reason: 'NOT_COMPLETED',
    });
    const wiped = await proof.database.rows(
      'SELECT FROM delivery WHERE challenge_id = $1 AND message_sealed IS NULL',
      unanswered.id,
    );
    expect(wiped).toHaveLength(1);
    const after = await proof.api().getChallenge(unanswered.id);
    expect({ ...after.body, delivery: null }).toEqual({ ...before.body, delivery: null });
    await proof.acs.workers[0]!.child.stop();
  });

  it(
    'divides answers around its instant: before it they count, from it on they are refused',
    async () => {
      const callers = await proof.callers();
      const rounds = SOAK ? 100 : 4;
      for (let round = 0; round < rounds; round += 1) {
        const issued = await Promise.all(Array.from({ length: 10 }, () => proof.issue('token')));
        await Promise.all(issued.map(({ id }) => proof.database.moveDeadline(id, AROUND_MS)));
        const outcomes = await Promise.all(
          issued.map(async ({ id, answer }, index) => {
            await delay((2 * AROUND_MS * index) / issued.length);
            return await callers[index % callers.length]!.answer(id, answer);
          }),
        );
        for (const [index, { status, body }] of outcomes.entries()) {
          const { id } = issued[index]!;
          if (status === 200) {
            const [stored] = await proof.database.rows<{ in_time: boolean }>(
              'SELECT verified_at < expires_at AS in_time FROM challenge WHERE id = $1',
              id,
            );
            expect(stored).toEqual({ in_time: true });
          } else {
            expect({ status, body }).toMatchObject(EXPIRED);
            expect(await proof.database.count(id, 'challenge.verified')).toBe(0);
          }
        }
        expect(outcomes.at(-1)).toMatchObject(EXPIRED);
      }
    },
    LONG_MS,
  );

  it.each(inRounds(20, ['right', 'wrong'] as const))(
    'is not stretched by a %s answer that waits for the row to count its attempt',
    async (kind) => {
      const issued = await proof.issue('token');
      const answer = kind === 'right' ? issued.answer : issued.wrong;
      await proof.database.moveDeadline(issued.id, SOON_MS);
      const row = await proof.database.holdRow(issued.id);
      await isTooLate(issued.id, row, () => proof.api().answer(issued.id, answer));
      expect(await proof.api().getChallenge(issued.id)).toMatchObject({
        body: { verifiedAt: null, attempts: { used: 0 } },
      });
    },
  );

  it('takes neither an attempt nor a failure of the recipient for an answer that waited past it', async () => {
    const { body } = await proof.api().createChallenge({ policyAlias: 'code', recipient: someone() });
    await proof.database.moveDeadline(body.id, SOON_MS);
    const row = await proof.database.holdRow(body.id);
    await isTooLate(body.id, row, () => proof.api().answer(body.id, '000000'));
    expect(await proof.database.attemptsUsed(body.id)).toBe(0);
    const failures = await proof.database.rows(
      `SELECT l.count FROM challenge c JOIN limit_counter l ON l.key = 'failures:'::bytea || c.recipient_index
       WHERE c.id = $1`,
      body.id,
    );
    expect(failures).toEqual([]);
  });

  it.each(inRounds(20, ['an answer']))(
    'is not stretched by %s that waits to record what came of its attempt',
    async () => {
      const { id, answer } = await proof.issue('token');
      await proof.database.moveDeadline(id, SOON_MS);
      const [row, answered] = await proof.answerInterrupted(id, answer, () => proof.database.holdRow(id));
      await isTooLate(id, row, () => answered);
      expect(await proof.database.attemptsUsed(id)).toBe(1);
    },
  );

  it.each(inRounds(20, ['a completion']))('is not stretched by %s that waits for the row', async () => {
    const { id, answer } = await proof.issue('token');
    await proof.api().answer(id, answer);
    await proof.database.moveDeadline(id, SOON_MS);
    const row = await proof.database.holdRow(id);
    const completed = proof.api().complete(id);
    await row.waiting();
    await row.past(id);
    await row.open();
    expect(await completed).toMatchObject({
      status: 409,
      body: { state: 'EXPIRED', stateReason: 'NOT_COMPLETED' },
    });
    expect(await proof.database.count(id, 'challenge.completed')).toBe(0);
  });

  it.each([
    ['ahead', HALF_AN_HOUR_MS],
    ['behind', -2 * HALF_AN_HOUR_MS],
  ])('is told by the database, however far %s the clock of a process is', async (_name, skewMs) => {
    const skewed = proof.acs.apis.length;
    await proof.acs.addApi({ NODE_OPTIONS: `--import ${SKEWED_CLOCK}`, CLOCK_SKEW_MS: String(skewMs) });
    const api = proof.api(skewed);
    const { body: created } = await api.createChallenge({ policyAlias: 'token' });
    expect(Math.abs(Date.parse(created['createdAt'] as string) - Date.now())).toBeLessThan(60_000);
    expect(await api.getChallenge(created.id)).toMatchObject({ body: { state: 'ISSUED' } });
    const { id, answer } = await proof.issue('token');
    expect(await api.answer(id, answer)).toMatchObject({ status: 200, body: { state: 'VERIFIED' } });
    expect(await api.complete(id)).toMatchObject({ status: 200 });
    await proof.database.moveDeadline(created.id, 0);
    expect(await api.answer(created.id, created.token!)).toMatchObject(EXPIRED);
    await proof.acs.apis[skewed]!.child.stop();
  });

  /** Demands that an answer which meets the gate before the challenge's time, and passes it afterwards, is refused. */
  async function isTooLate(
    id: string,
    gate: Gate,
    answer: () => Promise<{ readonly status: number }>,
  ): Promise<void> {
    const answered = answer();
    await gate.waiting();
    await gate.past(id);
    await gate.open();
    expect(await answered).toMatchObject(EXPIRED);
    expect(await proof.database.count(id, 'challenge.verified')).toBe(0);
    expect(await proof.database.storedState(id)).toBe('ISSUED');
    expect(await proof.api().getChallenge(id)).toMatchObject({ body: { state: 'EXPIRED' } });
  }
});
