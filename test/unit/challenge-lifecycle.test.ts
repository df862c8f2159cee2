import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Challenge, ChallengeState } from '../../src/challenge/domain/challenge.js';
import {
  asOf,
  cancel,
  complete,
  fail,
  isOpen,
  resend,
  verify,
} from '../../src/challenge/domain/lifecycle.js';
import { aChallenge } from '../support/a-challenge.js';

const now = new Date('2026-01-01T00:01:00.000Z');
const STATES: ChallengeState[] = ['ISSUED', 'VERIFIED', 'COMPLETED', 'CANCELLED', 'EXPIRED', 'FAILED'];
const ENDED: readonly ChallengeState[] = STATES.filter((state) => state !== 'ISSUED' && state !== 'VERIFIED');

function inState(state: ChallengeState): Challenge {
  return aChallenge({
    state,
    completeBefore: state === 'VERIFIED' ? new Date('2026-01-01T00:06:00.000Z') : null,
    endedAt: ENDED.includes(state) ? now : null,
  });
}

describe('the life of a challenge', () => {
  const moves = {
    verify: (challenge: Challenge) => verify(challenge, now),
    fail: (challenge: Challenge) => fail(challenge, now),
    complete: (challenge: Challenge) => complete(challenge, now),
    cancel: (challenge: Challenge) => cancel(challenge, now, 'REQUESTED'),
  };
  const allowed: Record<keyof typeof moves, ChallengeState[]> = {
    verify: ['ISSUED'],
    fail: ['ISSUED'],
    complete: ['VERIFIED'],
    cancel: ['ISSUED', 'VERIFIED', 'CANCELLED'],
  };

  for (const name of Object.keys(moves) as (keyof typeof moves)[]) {
    for (const state of STATES) {
      const verb = allowed[name].includes(state) ? 'allows' : 'refuses';
      it(`${verb} ${name} from ${state}`, () => {
        const decision = moves[name](inState(state));
        expect(decision.ok).toBe(allowed[name].includes(state));
        if (!decision.ok) {
          expect(decision.refusal.code).toBe('challenge-state-conflict');
          expect(decision.refusal.details.members).toMatchObject({ state });
        }
      });
    }
  }

  it('gives a verified challenge its completion window', () => {
    const decision = verify(aChallenge({ completeWithinSeconds: 300 }), now);
    expect(decision).toMatchObject({
      ok: true,
      value: {
        state: 'VERIFIED',
        verifiedAt: now,
        completeBefore: new Date('2026-01-01T00:06:00.000Z'),
        endedAt: null,
      },
    });
  });

  it('reads EXPIRED from the very instant of expiry, with the reason', () => {
    const issued = aChallenge({ expiresAt: now });
    expect(asOf(issued, new Date(now.getTime() - 1)).state).toBe('ISSUED');
    expect(asOf(issued, now)).toMatchObject({ state: 'EXPIRED', stateReason: 'NOT_ANSWERED', endedAt: now });
    const verified = aChallenge({ state: 'VERIFIED', completeBefore: now });
    expect(asOf(verified, now)).toMatchObject({ state: 'EXPIRED', stateReason: 'NOT_COMPLETED' });
  });

  it('reads FAILED from the instant on at which its last attempt cannot be settled any more', () => {
    const exhausted = aChallenge({ attempts: { used: 5, max: 5 }, exhaustedAt: now });
    const settledBefore = new Date(now.getTime() + 20_000);
    const before = asOf(exhausted, new Date(settledBefore.getTime() - 1));
    expect(before.state).toBe('ISSUED');
    expect(verify(before, now)).toMatchObject({ ok: true });
    const after = asOf(exhausted, settledBefore);
    expect(after).toMatchObject({
      state: 'FAILED',
      stateReason: 'ATTEMPTS_EXHAUSTED',
      endedAt: settledBefore,
    });
    for (const late of [verify, fail])
      expect(late(exhausted, settledBefore)).toMatchObject({
        refusal: { code: 'challenge-state-conflict', details: { members: { state: 'FAILED' } } },
      });
  });

  it('reads EXPIRED where that comes before its last attempt could fail it', () => {
    const exhausted = aChallenge({ expiresAt: new Date(now.getTime() + 20_000), exhaustedAt: now });
    expect(asOf(exhausted, exhausted.expiresAt)).toMatchObject({ state: 'EXPIRED' });
    expect(asOf({ ...exhausted, state: 'FAILED' }, exhausted.expiresAt).state).toBe('FAILED');
  });

  it('never expires a verified challenge at the time by which it had to be answered', () => {
    const verified = aChallenge({
      state: 'VERIFIED',
      expiresAt: now,
      completeBefore: new Date(now.getTime() + 1),
    });
    expect(asOf(verified, now).state).toBe('VERIFIED');
  });

  it('changes nothing when a cancelled challenge is cancelled again', () => {
    const cancelled = inState('CANCELLED');
    expect(cancel(cancelled, now, 'REQUESTED')).toEqual({ ok: true, value: cancelled });
  });

  it('ends every state but ISSUED and VERIFIED', () => {
    expect(STATES.filter((state) => isOpen(inState(state)))).toEqual(['ISSUED', 'VERIFIED']);
  });
});

describe('a resend', () => {
  const rules = { cooldownSeconds: 30, extendedLifeSeconds: null };

  it('doubles the cooldown with every resend', () => {
    const first = resend(aChallenge({ resends: { used: 0, max: 3, availableAt: now } }), now, rules);
    expect(first).toMatchObject({
      value: { resends: { used: 1, availableAt: new Date(now.getTime() + 60_000) } },
    });
    const third = resend(aChallenge({ resends: { used: 2, max: 3, availableAt: now } }), now, rules);
    expect(third).toMatchObject({
      value: { resends: { used: 3, availableAt: new Date(now.getTime() + 240_000) } },
    });
  });

  it('is refused while the cooldown runs, with the seconds to wait', () => {
    const availableAt = new Date(now.getTime() + 12_001);
    const decision = resend(aChallenge({ resends: { used: 0, max: 3, availableAt } }), now, rules);
    expect(decision).toMatchObject({
      refusal: { code: 'resend-too-soon', details: { retryAfterSeconds: 13 } },
    });
  });

  it('is refused when none is left, for TOKEN, and once the challenge is answered', () => {
    expect(resend(aChallenge({ resends: { used: 3, max: 3, availableAt: null } }), now, rules)).toMatchObject(
      {
        refusal: { code: 'resend-exhausted' },
      },
    );
    expect(resend(aChallenge({ type: 'TOKEN' }), now, rules)).toMatchObject({
      refusal: { code: 'resend-not-applicable' },
    });
    expect(resend(inState('VERIFIED'), now, rules)).toMatchObject({
      refusal: { code: 'challenge-state-conflict' },
    });
  });

  it('is refused, for the moment, while the last attempt is checked', () => {
    const exhausted = aChallenge({
      attempts: { used: 5, max: 5 },
      exhaustedAt: now,
      resends: { used: 0, max: 3, availableAt: now },
    });
    expect(resend(exhausted, now, rules)).toMatchObject({
      refusal: {
        code: 'challenge-state-conflict',
        details: { retryAfterSeconds: 1, members: { state: 'ISSUED' } },
        passing: true,
      },
    });
  });

  it('moves the expiry only when the policy extends it', () => {
    const challenge = aChallenge({ resends: { used: 0, max: 3, availableAt: now } });
    expect(resend(challenge, now, rules)).toMatchObject({ value: { expiresAt: challenge.expiresAt } });
    expect(resend(challenge, now, { ...rules, extendedLifeSeconds: 600 })).toMatchObject({
      value: { expiresAt: new Date(now.getTime() + 600_000) },
    });
  });

  it('never moves the expiry past a day from the creation', () => {
    const day = 86_400_000;
    const created = new Date('2026-01-01T00:00:00.000Z');
    const late = new Date(created.getTime() + day - 3_600_000);
    const challenge = aChallenge({
      createdAt: created,
      expiresAt: new Date(created.getTime() + day - 60_000),
      resends: { used: 4, max: 5, availableAt: null },
    });
    for (const [extendedLifeSeconds, expiresAt] of [
      [3_599, day - 1_000],
      [3_600, day],
      [3_601, day],
      [86_399, day],
    ] as const)
      expect(resend(challenge, late, { ...rules, extendedLifeSeconds })).toMatchObject({
        value: { expiresAt: new Date(created.getTime() + expiresAt) },
      });
  });

  it('never gives attempts back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 4 }), (used, resends) => {
        const challenge = aChallenge({
          attempts: { used, max: 5 },
          resends: { used: resends, max: 5, availableAt: now },
        });
        const decision = resend(challenge, now, rules);
        return decision.ok && decision.value.attempts.used === used;
      }),
    );
  });
});
