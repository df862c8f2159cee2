import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChallengeView } from '../support/api-client.js';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, SOAK, someone, tally } from '../support/core-proof.js';

describe('the life of a challenge', () => {
  let proof: CoreProof;

  beforeAll(async () => {
    proof = await CoreProof.start(
      { apis: 2, workers: 0 },
      tokenPolicy('token', { maxAttempts: 2, completeWithinSeconds: 30 }),
      emailCodePolicy('supersede'),
      emailCodePolicy('supersede-second', { active: { maxPerRecipient: 2 } }),
      emailCodePolicy('reject', { active: { whenExceeded: 'REJECT' } }),
    );
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  /** A challenge brought into each state, by the only ways that lead there. */
  const ways: Readonly<Record<string, () => Promise<string>>> = {
    ISSUED: async () => (await proof.issue('token')).id,
    VERIFIED: verified,
    COMPLETED: async () => {
      const id = await verified();
      await proof.api().complete(id);
      return id;
    },
    'CANCELLED REQUESTED': async () => {
      const { id } = await proof.issue('token');
      await proof.api().cancel(id);
      return id;
    },
    'CANCELLED SUPERSEDED': async () => {
      const recipient = someone();
      const older = await created('supersede', recipient);
      await created('supersede', recipient);
      return older.id;
    },
    'EXPIRED NOT_ANSWERED': async () => {
      const { id } = await proof.issue('token');
      await proof.database.moveDeadline(id, 0);
      return id;
    },
    'EXPIRED NOT_COMPLETED': async () => {
      const id = await verified();
      await proof.database.moveDeadline(id, 0);
      return id;
    },
    'FAILED ATTEMPTS_EXHAUSTED': async () => {
      const { id, wrong } = await proof.issue('token');
      await proof.api().answer(id, wrong);
      await proof.api().answer(id, wrong);
      return id;
    },
  };

  describe.each(Object.entries(ways))('that is %s', (name, reached) => {
    const [state, stateReason = null] = name.split(' ');
    const isOpen = state === 'ISSUED' || state === 'VERIFIED';
    const conflict = { status: 409, body: { code: 'challenge-state-conflict', state, stateReason } };

    it('says so, with its reason and its end', async () => {
      const { body } = await proof.api().getChallenge(await reached());
      expect(body).toMatchObject({ state, stateReason });
      expect(body['endedAt'] === null).toBe(isOpen);
      expect(body['completedAt'] === null).toBe(state !== 'COMPLETED');
    });

    if (state !== 'ISSUED')
      it('takes no answer', async () => {
        expect(await proof.api().answer(await reached(), 'anything')).toMatchObject(conflict);
      });

    if (state !== 'VERIFIED')
      it('cannot be completed', async () => {
        expect(await proof.api().complete(await reached())).toMatchObject(conflict);
      });

    if (!isOpen && state !== 'CANCELLED')
      it('cannot be cancelled', async () => {
        expect(await proof.api().cancel(await reached())).toMatchObject(conflict);
      });

    if (isOpen)
      it('can be cancelled, once and again', async () => {
        const id = await reached();
        const first = await proof.api().cancel(id);
        expect(first).toMatchObject({ status: 200, body: { state: 'CANCELLED', stateReason: 'REQUESTED' } });
        expect(await proof.api().cancel(id)).toMatchObject({ status: 200, body: first.body });
        expect(await proof.database.count(id, 'challenge.cancelled')).toBe(1);
      });

    if (state === 'CANCELLED')
      it('is as it was when it is cancelled again', async () => {
        const id = await reached();
        expect(await proof.api().cancel(id)).toMatchObject({ status: 200, body: { state, stateReason } });
        expect(await proof.database.count(id, 'challenge.cancelled')).toBe(1);
      });
  });

  it('leaves the time its policy gives to complete what was verified', async () => {
    const { body } = await proof.api().getChallenge(await verified());
    const at = (property: string): number => Date.parse(body[property] as string);
    expect(at('completeBefore') - at('verifiedAt')).toBe(30_000);
  });

  it('ends when a newer one of the same person and policy supersedes it, verified or not', async () => {
    const recipient = someone();
    const first = await created('supersede-second', recipient);
    const second = await created('supersede-second', recipient.toUpperCase());
    const elsewhere = await created('supersede', recipient);
    const third = await created('supersede-second', recipient);
    const states = await Promise.all([first, second, elsewhere, third].map(({ id }) => shown(id)));
    expect(states.map(({ state, stateReason }) => [state, stateReason])).toEqual([
      ['CANCELLED', 'SUPERSEDED'],
      ['ISSUED', null],
      ['ISSUED', null],
      ['ISSUED', null],
    ]);
    expect(await proof.database.audit(first.id)).toEqual([
      { event: 'challenge.issued', reason: null },
      { event: 'challenge.cancelled', reason: 'SUPERSEDED' },
    ]);
    const [delivery] = await proof.database.rows<{ wiped: boolean; due_at: Date | null }>(
      'SELECT message_sealed IS NULL AS wiped, due_at FROM delivery WHERE challenge_id = $1',
      first.id,
    );
    expect(delivery).toEqual({ wiped: true, due_at: null });
  });

  it('stands in the way of a newer one where the policy rejects it, until it ends', async () => {
    const recipient = someone();
    const first = await created('reject', recipient);
    const refused = await proof.api().createChallenge({ policyAlias: 'reject', recipient });
    expect(refused).toMatchObject({ status: 409, body: { code: 'challenge-already-active' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(590);
    await proof.database.moveDeadline(first.id, 0);
    await created('reject', recipient);
  });

  it.each(['supersede', 'reject'])(
    'is alone among 30 created at the same time under %s',
    async (policyAlias) => {
      await widenRecipientLimit();
      const recipient = someone();
      const callers = await proof.callers();
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          callers[index % callers.length]!.createChallenge({ policyAlias, recipient }),
        ),
      );
      const issued = answers.filter(({ status }) => status === 201);
      expect(tally(answers)).toEqual(
        policyAlias === 'reject' ? { '201': 1, 'challenge-already-active': 29 } : { '201': 30 },
      );
      const states = await Promise.all(issued.map(({ body }) => shown(body.id)));
      expect(states.filter(({ state }) => state === 'ISSUED')).toHaveLength(1);
    },
  );

  it('begins once its place is held, so that none ends before it began', async () => {
    await widenRecipientLimit();
    const recipient = someone();
    await created('supersede', recipient);
    // Its counter is where the creates for a recipient wait for one another.
    const counter = await proof.database.holdCounters();
    const waiting = proof.api().createChallenge({ policyAlias: 'supersede', recipient });
    await counter.waiting();
    const [held] = await proof.database.rows<{ until: Date }>('SELECT clock_timestamp() AS until');
    await counter.open();
    const { body } = await waiting;
    expect(Date.parse(body['createdAt'] as string)).toBeGreaterThanOrEqual(held!.until.getTime());

    const callers = await proof.callers();
    for (let round = 0; round < (SOAK ? 20 : 2); round += 1)
      await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          callers[index % callers.length]!.createChallenge({ policyAlias: 'supersede', recipient }),
        ),
      );
    const ends = await proof.database.rows<{ created_at: Date; ended_at: Date }>(
      `SELECT created_at, ended_at FROM challenge WHERE state_reason = 'SUPERSEDED'`,
    );
    expect(ends.length).toBeGreaterThan(30);
    for (const { created_at, ended_at } of ends)
      expect(ended_at.getTime()).toBeGreaterThanOrEqual(created_at.getTime());
  });

  async function verified(): Promise<string> {
    const { id, answer } = await proof.issue('token');
    await proof.api().answer(id, answer);
    return id;
  }

  async function created(policyAlias: string, recipient: string): Promise<ChallengeView> {
    const { status, body } = await proof.api().createChallenge({ policyAlias, recipient });
    expect(status).toBe(201);
    return body;
  }

  async function shown(id: string): Promise<ChallengeView> {
    return (await proof.api().getChallenge(id)).body;
  }

  async function widenRecipientLimit(): Promise<void> {
    const { body } = await proof.api().getConfiguration();
    const issuance = { ...(body['issuance'] as object), perRecipient: { max: 100, windowSeconds: 60 } };
    await proof.api().putConfiguration({ ...body, issuance });
  }
});
