import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient, ApiResponse, ProblemView } from '../support/api-client.js';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, inRounds, SOAK, tally } from '../support/core-proof.js';

const WRONG = SOAK ? 200 : 48;
const RIGHT = SOAK ? 100 : 40;
const RESENDS = 4;
const COMPLETIONS = SOAK ? 50 : 4;
/** What has rounds of its own takes longer than a test usually may, in its long form. */
const LONG_MS = SOAK ? 600_000 : 60_000;
const MAXIMA = [1, 3, 5, 10];

type Outcome = ApiResponse<Partial<ProblemView>>;

describe('many answers at the same time, over several processes', () => {
  let proof: CoreProof;
  let callers: ApiClient[];

  beforeAll(async () => {
    proof = await CoreProof.start(
      { apis: SOAK ? 4 : 2, workers: 1 },
      ...MAXIMA.flatMap((maxAttempts) => [
        emailCodePolicy(`same-${maxAttempts}`, { maxAttempts, resend: { max: 5 } }),
        emailCodePolicy(`new-${maxAttempts}`, { maxAttempts, resend: { max: 5, secret: 'NEW' } }),
        tokenPolicy(`token-${maxAttempts}`, { maxAttempts }),
      ]),
    );
    callers = await proof.callers();
    // The waits of a recipient who fails often would hide the challenge's own limit.
    await proof.database.switchOffWaits();
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  async function atOnce(
    count: number,
    call: (caller: ApiClient, index: number) => Promise<Outcome>,
  ): Promise<Outcome[]> {
    return await Promise.all(
      Array.from({ length: count }, (_, index) => call(callers[index % callers.length]!, index)),
    );
  }

  describe.each(inRounds(10, MAXIMA))('with %i attempts', (max) => {
    it.each(['same', 'new'])(
      'compares no wrong answer more, whatever resends come between (%s code)',
      async (secret) => {
        const { id } = await proof.issue(`${secret}-${max}`);
        const everyNth = Math.floor(WRONG / RESENDS);
        const outcomes = await atOnce(WRONG, async (caller, index) => {
          if (index % everyNth !== 1) return await caller.answer(id, 'WRONG1');
          await proof.database.endCooldown(id);
          return await caller.resend(id);
        });
        const { 'answer-incorrect': compared } = tally(outcomes);
        expect(compared).toBe(max);
        expect(await proof.database.attemptsUsed(id)).toBe(max);
        // A resend that the end of the challenge overtook is withdrawn: the latest code that came is the best there is.
        const latest = await proof.code(id, proof.messages(id).length);
        expect(await proof.api().answer(id, latest)).toMatchObject({
          status: 409,
          body: { code: 'challenge-state-conflict', state: 'FAILED', stateReason: 'ATTEMPTS_EXHAUSTED' },
        });
        expect(await proof.database.count(id, 'challenge.failed')).toBe(1);
        expect(
          (await proof.database.audit(id)).filter(({ reason }) => reason === 'answer-incorrect'),
        ).toHaveLength(max - 1);
      },
    );

    it.each(['token', 'same'])('accepts one of many right answers (%s)', async (kind) => {
      const { id, answer } = await proof.issue(`${kind}-${max}`);
      const outcomes = await atOnce(RIGHT, (caller) => caller.answer(id, answer));
      expect(tally(outcomes)).toEqual({ '200': 1, 'challenge-state-conflict': RIGHT - 1 });
      expect(outcomes.every(({ status }) => status === 200 || status === 409)).toBe(true);
      expect(await proof.database.count(id, 'challenge.verified')).toBe(1);
    });

    it('is at most once verified by right and wrong answers together', async () => {
      const { id, answer, wrong } = await proof.issue(`token-${max}`);
      const outcomes = await atOnce(RIGHT, (caller, index) => caller.answer(id, index % 3 ? wrong : answer));
      const { '200': verified = 0, 'answer-incorrect': compared = 0 } = tally(outcomes);
      expect(verified).toBeLessThanOrEqual(1);
      expect(verified + compared).toBeLessThanOrEqual(max);
      const { body } = await proof.api().getChallenge(id);
      expect(body.state).toBe(verified === 1 ? 'VERIFIED' : 'FAILED');
      expect(body.attempts.used).toBeLessThanOrEqual(max);
    });
  });

  it(
    'completes once of many times',
    async () => {
      for (let round = 0; round < COMPLETIONS; round += 1) {
        const { id, answer } = await proof.issue('token-1');
        await proof.api().answer(id, answer);
        const outcomes = await atOnce(RIGHT, (caller) => caller.complete(id));
        expect(tally(outcomes)).toEqual({ '200': 1, 'challenge-state-conflict': RIGHT - 1 });
        expect(await proof.database.count(id, 'challenge.completed')).toBe(1);
        expect(await proof.database.count(id, 'challenge.complete.refused')).toBe(RIGHT - 1);
      }
    },
    LONG_MS,
  );

  it('ends once, whichever of completion and cancellation comes first', async () => {
    const { id, answer } = await proof.issue('token-1');
    await proof.api().answer(id, answer);
    const outcomes = await atOnce(RIGHT, (caller, index) =>
      index % 2 ? caller.complete(id) : caller.cancel(id),
    );
    const { state } = (await proof.api().getChallenge(id)).body;
    const ends = (await proof.database.audit(id)).filter(({ event }) =>
      ['challenge.completed', 'challenge.cancelled'].includes(event),
    );
    expect(ends).toHaveLength(1);
    expect(ends[0]!.event).toBe(`challenge.${state.toLowerCase()}`);
    const { '200': granted } = tally(outcomes);
    // Cancelling what is cancelled is granted again; nothing else is.
    expect(granted).toBe(state === 'COMPLETED' ? 1 : RIGHT / 2);
  });

  it('resends once in a cooldown', async () => {
    const { id } = await proof.issue('new-5');
    await proof.database.endCooldown(id);
    const outcomes = await atOnce(RIGHT, (caller) => caller.resend(id));
    expect(tally(outcomes)).toEqual({ '202': 1, 'resend-too-soon': RIGHT - 1 });
    expect(await proof.database.count(id, 'challenge.resent')).toBe(1);
  });
});
