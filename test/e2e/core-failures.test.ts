import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiResponse, ProblemView } from '../support/api-client.js';
import { emailCodePolicy } from '../support/core-policies.js';
import { CoreProof, inRounds, SOAK, someone, tally } from '../support/core-proof.js';

/** Failures in a row that cost no wait; each later one costs a wait, in seconds. */
const FREE_FAILURES = 4;
const RIGHT = 64;
const MAXIMA = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const WAITS = [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600];

describe('the failures of a recipient, over all challenges', () => {
  let proof: CoreProof;

  beforeAll(async () => {
    proof = await CoreProof.start(
      { apis: SOAK ? 4 : 2, workers: 1 },
      emailCodePolicy('ten', { maxAttempts: 10 }),
      emailCodePolicy('three', { maxAttempts: 3 }),
      emailCodePolicy('many', { maxAttempts: 10, active: { maxPerRecipient: 5 } }),
      ...MAXIMA.map((maxAttempts) => emailCodePolicy(`max-${maxAttempts}`, { maxAttempts })),
    );
    await configure({ issuance: { perRecipient: { max: 100, windowSeconds: 60 } } });
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  async function configure(change: Readonly<Record<string, object>>): Promise<void> {
    const { body } = await proof.api().getConfiguration();
    const changed = Object.entries(change).map(([name, part]) => [
      name,
      { ...(body[name] as object), ...part },
    ]);
    const put = await proof.api().putConfiguration({ ...body, ...(Object.fromEntries(changed) as object) });
    expect(put.status).toBe(200);
  }

  /** Fails so often in a row, over as many challenges as it takes, waiting for nothing. */
  async function fail(recipient: string, times: number): Promise<void> {
    for (let failed = 0; failed < times; failed += 3) {
      const { id, wrong } = await proof.issue('three', { recipient });
      for (let index = failed; index < Math.min(times, failed + 3); index += 1) {
        await proof.database.endWaits();
        expect(await proof.api().answer(id, wrong)).toMatchObject({ body: { code: 'answer-incorrect' } });
      }
    }
  }

  function expectWait({ status, body, headers }: ApiResponse<ProblemView>, seconds: number): void {
    expect(status).toBe(429);
    expect(body).toMatchObject({ code: 'rate-limited', limit: { per: 'RECIPIENT_FAILURES' } });
    const wait = Number(headers.get('retry-after'));
    expect(wait).toBeGreaterThan(seconds - 15);
    expect(wait).toBeLessThanOrEqual(seconds);
  }

  it('cost waits that double after four, and no attempt while the wait runs', async () => {
    const recipient = someone();
    await fail(recipient, FREE_FAILURES);
    for (const [index, seconds] of WAITS.entries()) {
      await fail(recipient, 1);
      const { id, answer } = await proof.issue('ten', { recipient });
      expectWait(await proof.api().answer(id, answer), seconds);
      expect(await proof.database.attemptsUsed(id)).toBe(0);
      const failures = await failuresOf(id);
      expect(failures).toBe(FREE_FAILURES + index + 1);
    }
  });

  it('do not slow anybody else', async () => {
    await fail(someone(), FREE_FAILURES + 1);
    const { id, answer } = await proof.issue('ten');
    expect(await proof.api().answer(id, answer)).toMatchObject({ status: 200 });
  });

  it('are forgotten with a right answer', async () => {
    const recipient = someone();
    await fail(recipient, FREE_FAILURES + 2);
    await proof.database.endWaits();
    const { id, answer } = await proof.issue('ten', { recipient });
    expect(await proof.api().answer(id, answer)).toMatchObject({ status: 200 });
    expect(await failuresOf(id)).toBe(0);

    const next = await proof.issue('ten', { recipient });
    for (let failed = 0; failed <= FREE_FAILURES; failed += 1)
      expect(await proof.api().answer(next.id, next.wrong)).toMatchObject({ status: 422 });
    expectWait(await proof.api().answer(next.id, next.answer), 30);
  });

  it('are not forgotten with a new challenge, a resend or a cancellation', async () => {
    const recipient = someone();
    await fail(recipient, FREE_FAILURES + 1);
    const { id } = await proof.issue('ten', { recipient });
    await proof.database.endCooldown(id);
    await proof.api().resend(id);
    await proof.api().cancel(id);
    const next = await proof.issue('ten', { recipient });
    expectWait(await proof.api().answer(next.id, next.answer), 30);
  });

  it('block the recipient at the number that the configuration says', async () => {
    await configure({ answers: { failuresPerRecipient: { max: 10, windowSeconds: 86_400 } } });
    const recipient = someone();
    await fail(recipient, 10);
    const { id, answer } = await proof.issue('ten', { recipient });
    const blocked = await proof.api().answer(id, answer);
    expectWait(blocked, 86_400);
    expect(blocked.body['limit']).toEqual({ per: 'RECIPIENT_FAILURES', max: 10, windowSeconds: 86_400 });
    await configure({ answers: { failuresPerRecipient: { max: 100, windowSeconds: 86_400 } } });
  });

  it('stop somebody who guesses at one challenge after the other, from many connections', async () => {
    const callers = await proof.callers();
    const recipient = someone();
    const started = performance.now();
    const guesses: ApiResponse<Partial<ProblemView>>[] = [];
    for (let challenges = 0; challenges < (SOAK ? 90 : 12); challenges += 1) {
      const { body } = await proof.api().createChallenge({ policyAlias: 'three', recipient });
      const round = Array.from({ length: 5 }, (_, index) =>
        callers[index % 2]!.answer(body.id, `WRONG${index}`),
      );
      guesses.push(...(await Promise.all(round)));
    }
    const seconds = (performance.now() - started) / 1_000;
    const { 'answer-incorrect': compared } = tally(guesses);
    expect(compared).toBeGreaterThan(FREE_FAILURES);
    expect(compared).toBeLessThanOrEqual(FREE_FAILURES + 1 + guessesAfterWaits(seconds));
  });

  it.each(inRounds(20, MAXIMA))(
    'do not tell right answers at the same time to wait: one is accepted, the rest conflict (%i attempts)',
    async (max) => {
      const callers = await proof.callers();
      const { id, answer } = await proof.issue(`max-${max}`);
      const outcomes = await Promise.all(
        Array.from({ length: RIGHT }, (_, index) => callers[index % callers.length]!.answer(id, answer)),
      );
      expect(tally(outcomes)).toEqual({ '200': 1, 'challenge-state-conflict': RIGHT - 1 });
      expect(await proof.database.count(id, 'challenge.verified')).toBe(1);
      expect(await failuresOf(id)).toBe(0);
    },
  );

  it('are exact for somebody who guesses at all challenges at the same time', async () => {
    const callers = await proof.callers();
    for (let round = 0; round < (SOAK ? 20 : 2); round += 1) {
      const recipient = someone();
      const ids: string[] = [];
      for (let challenge = 0; challenge < 5; challenge += 1)
        ids.push((await proof.api().createChallenge({ policyAlias: 'many', recipient })).body.id);
      const guesses: ApiResponse<Partial<ProblemView>>[] = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          callers[index % callers.length]!.answer(ids[index % ids.length]!, 'WRONG1'),
        ),
      );
      const {
        'answer-incorrect': compared,
        'rate-limited': waits = 0,
        'challenge-state-conflict': undecided = 0,
      } = tally(guesses);
      expect(compared).toBe(FREE_FAILURES + 1);
      expect(waits + undecided).toBe(50 - FREE_FAILURES - 1);
      expect(await failuresOf(ids[0]!)).toBe(FREE_FAILURES + 1);
      const used = await Promise.all(ids.map((id) => proof.database.attemptsUsed(id)));
      expect(used.reduce((sum, count) => sum + count, 0)).toBe(FREE_FAILURES + 1);
      for (const id of ids) expectWait(await proof.api().answer(id, 'WRONG1'), 30);
    }
  });

  it('leave a trace of every answer that has to wait, and of who asked', async () => {
    const recipient = someone();
    await fail(recipient, FREE_FAILURES + 1);
    const { id, answer } = await proof.issue('ten', { recipient });
    expectWait(await proof.api().answer(id, answer), 30);
    const [refusal] = await proof.database.rows(
      `SELECT event, reason, detail FROM audit WHERE object_id = $1 AND event <> 'challenge.issued'`,
      id,
    );
    expect(refusal).toEqual({
      event: 'challenge.answer.refused',
      reason: 'rate-limited',
      detail: { limit: { per: 'RECIPIENT_FAILURES', max: 100, windowSeconds: 86_400 } },
    });
  });

  it('that a dead process never confirmed count, and the wait is one after all', async () => {
    const recipient = someone();
    await fail(recipient, FREE_FAILURES);
    const { id, answer, wrong } = await proof.issue('ten', { recipient });
    const mend = await proof.database.breakOn(`BEFORE INSERT ON audit FOR EACH ROW
      WHEN (NEW.event = 'challenge.answer.refused' AND NEW.reason = 'answer-incorrect')`);
    expect(await proof.api().answer(id, wrong)).toMatchObject({ status: 503 });
    await mend();
    expect(await proof.api().answer(id, answer)).toMatchObject({
      status: 409,
      body: { code: 'challenge-state-conflict', state: 'ISSUED' },
    });
    await proof.database.rows(
      `UPDATE limit_counter SET undecided_since = undecided_since - interval '20 seconds'`,
    );
    expectWait(await proof.api().answer(id, answer), 30);
    expect(await proof.database.attemptsUsed(id)).toBe(1);
  });

  async function failuresOf(id: string): Promise<number> {
    const [row] = await proof.database.rows<{ count: number }>(
      `SELECT l.count FROM challenge c JOIN limit_counter l ON l.key = 'failures:'::bytea || c.recipient_index
       WHERE c.id = $1`,
      id,
    );
    return row?.count ?? 0;
  }
});

/** How many waits one after the other fit into the time. */
function guessesAfterWaits(seconds: number): number {
  let left = seconds;
  return WAITS.findIndex((wait) => (left -= wait) < 0);
}
