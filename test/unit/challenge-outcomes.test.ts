import { describe, expect, it } from '@jest/globals';
import { asOf, complete, fail, resend } from '../../src/challenge/domain/lifecycle.js';
import { aChallenge } from '../support/a-challenge.js';

const now = new Date('2026-01-01T00:01:00.000Z');
const later = new Date('2026-01-01T00:06:00.000Z');

describe('what becomes of a challenge', () => {
  it('is, when its last attempt was wrong, the end of it and nothing else', () => {
    const challenge = aChallenge();
    expect(fail(challenge, now)).toEqual({
      ok: true,
      value: { ...challenge, state: 'FAILED', stateReason: 'ATTEMPTS_EXHAUSTED', endedAt: now },
    });
  });

  it('is, when it is completed, the time of that and nothing else', () => {
    const challenge = aChallenge({ state: 'VERIFIED', verifiedAt: now, completeBefore: later });
    expect(complete(challenge, now)).toEqual({
      ok: true,
      value: { ...challenge, state: 'COMPLETED', completedAt: now, endedAt: now },
    });
  });

  it.each(['COMPLETED', 'CANCELLED', 'FAILED'] as const)('stays, past every deadline, %s', (state) => {
    const ended = aChallenge({ state, completeBefore: now, endedAt: now });
    expect(asOf(ended, later)).toBe(ended);
  });

  it('tells, when a resend comes too soon, of the limit that it met', () => {
    const waiting = aChallenge({ resends: { used: 2, max: 3, availableAt: later } });
    expect(resend(waiting, now, { cooldownSeconds: 30, extendedLifeSeconds: null })).toEqual({
      ok: false,
      refusal: {
        code: 'resend-too-soon',
        details: {
          retryAfterSeconds: 300,
          members: { limit: { per: 'CHALLENGE', max: 1, windowSeconds: 120 } },
        },
      },
    });
  });
});
