import { describe, expect, it } from '@jest/globals';
import { backOffMs } from '../../src/delivery/domain/back-off.js';
import { decideBegin, type Readiness } from '../../src/delivery/domain/begin.js';
import { decideConclusion } from '../../src/delivery/domain/conclude.js';
import type { DeliveryState } from '../../src/delivery/domain/delivery.js';
import { DELIVERY_LIMITS } from '../../src/delivery/domain/limits.js';
import { nextPollMs } from '../../src/delivery/domain/polling.js';
import { priorityOf } from '../../src/delivery/domain/priority.js';
import { decideRetry } from '../../src/delivery/domain/retry.js';

const PENDING: DeliveryState = {
  status: 'PENDING',
  channel: 'EMAIL',
  fence: 1,
  attempts: 0,
  notMade: 0,
  attemptsMax: null,
  refusedBy: [],
  unknowns: 0,
  leased: true,
  usefulForMs: 200_000,
  withdrawn: false,
  error: null,
};
const SENDING: DeliveryState = { ...PENDING, status: 'SENDING', attempts: 1, fence: 2 };
const READY: Readiness = { fence: 1, readable: true, hasTemplate: true, channelOpen: true, canAsk: false };

describe('The back-off', () => {
  it('is drawn from all of a span that doubles from one second to twenty', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7].map((attempts) => backOffMs(attempts, DELIVERY_LIMITS, 0.999_999));
    expect(longest).toEqual([999, 1_999, 3_999, 7_999, 15_999, 19_999, 19_999]);
    expect(backOffMs(7, DELIVERY_LIMITS, 0)).toBe(0);
  });

  it('is no shorter than the provider asked for', () => {
    expect(backOffMs(1, DELIVERY_LIMITS, 0.5, 7_000)).toBe(7_000);
    expect(backOffMs(5, DELIVERY_LIMITS, 0.9, 7_000)).toBe(14_400);
  });
});

describe('A claim', () => {
  it('begins an attempt', () => {
    expect(decideBegin(PENDING, READY, DELIVERY_LIMITS)).toEqual({ kind: 'begin' });
    const abandoned = { ...SENDING, fence: 3, unknowns: 1 };
    expect(decideBegin(abandoned, { ...READY, fence: 3 }, DELIVERY_LIMITS)).toEqual({ kind: 'begin' });
  });

  it.each<[string, Partial<DeliveryState>]>([
    ['a newer claim was made', { fence: 2 }],
    ['it was begun with already', { fence: 2, status: 'SENDING', attempts: 1 }],
    ['its lease is over', { leased: false }],
    ['the delivery was sent', { status: 'SENT' }],
    ['the delivery has ended', { status: 'FAILED' }],
  ])('begins nothing once %s', (_, changes) => {
    expect(decideBegin({ ...PENDING, ...changes }, READY, DELIVERY_LIMITS)).toEqual({ kind: 'stale' });
  });

  it.each<[string, Partial<DeliveryState>, Partial<Readiness>, string, string]>([
    [
      'its attempts are used up',
      { attempts: 4, status: 'SENDING', unknowns: 4 },
      {},
      'DEAD',
      'ATTEMPTS_EXHAUSTED',
    ],
    ['its time is over', { usefulForMs: 0 }, {}, 'FAILED', 'TOO_LATE'],
    [
      'its time is over and it may have been sent',
      { usefulForMs: -1, unknowns: 1 },
      {},
      'UNKNOWN',
      'TOO_LATE',
    ],
    [
      'it was withdrawn',
      { withdrawn: true, error: 'SUPERSEDED' },
      { readable: false },
      'FAILED',
      'SUPERSEDED',
    ],
    [
      'it was withdrawn while a worker that died was sending it',
      { withdrawn: true, error: 'CHALLENGE_ENDED', status: 'SENDING', attempts: 1, unknowns: 1 },
      { readable: false },
      'UNKNOWN',
      'CHALLENGE_ENDED',
    ],
    ['its message cannot be opened', {}, { readable: false }, 'FAILED', 'MESSAGE_UNREADABLE'],
    ['its template is gone', {}, { hasTemplate: false }, 'FAILED', 'TEMPLATE_UNUSABLE'],
  ])('ends the delivery when %s', (_, changes, readiness, status, reason) => {
    expect(decideBegin({ ...PENDING, ...changes }, { ...READY, ...readiness }, DELIVERY_LIMITS)).toEqual({
      kind: 'end',
      status,
      reason,
    });
  });

  it('asks once, after the last attempt, where the provider can tell what became of it', () => {
    const unsure = { ...PENDING, attempts: 4, unknowns: 1 };
    const asking = { ...READY, canAsk: true };
    expect(decideBegin(unsure, asking, DELIVERY_LIMITS)).toEqual({ kind: 'ask' });
    expect(decideBegin({ ...unsure, attemptsMax: 8 }, asking, DELIVERY_LIMITS)).toEqual({ kind: 'begin' });
    const stays = { kind: 'end', status: 'UNKNOWN', reason: 'OUTCOME_UNKNOWN' };
    expect(decideBegin(unsure, READY, DELIVERY_LIMITS)).toEqual(stays);
    const lost = { ...unsure, status: 'SENDING' as const, attempts: 5, unknowns: 2 };
    expect(decideBegin(lost, asking, DELIVERY_LIMITS)).toEqual(stays);
  });

  it('waits while the channel is closed, but no longer than the message is of use', () => {
    const closed = { ...READY, channelOpen: false };
    expect(decideBegin(PENDING, closed, DELIVERY_LIMITS)).toEqual({ kind: 'hold' });
    expect(decideBegin({ ...PENDING, usefulForMs: 0 }, closed, DELIVERY_LIMITS)).toMatchObject({
      kind: 'end',
    });
  });
});

describe('An outcome', () => {
  const conclude = (
    outcome: Parameters<typeof decideConclusion>[1],
    changes: Partial<DeliveryState> = {},
    draw = 0.5,
  ): ReturnType<typeof decideConclusion> =>
    decideConclusion({ ...SENDING, ...changes }, outcome, DELIVERY_LIMITS, draw);
  const transient = { kind: 'TRANSIENT', detail: 'http-503' } as const;
  const unknown = { kind: 'UNKNOWN', detail: 'timeout', repeatable: true } as const;

  it('SENT ends it, whatever happened before', () => {
    const sent = { kind: 'SENT', providerMessageId: null } as const;
    expect(conclude(sent, { withdrawn: true, usefulForMs: -1, attempts: 4 })).toEqual({ kind: 'sent' });
  });

  it('PERMANENT ends it; FAILED only when no earlier attempt may have got through', () => {
    const permanent = { kind: 'PERMANENT', detail: 'smtp-550' } as const;
    expect(conclude(permanent)).toEqual({ kind: 'end', status: 'FAILED', reason: 'PROVIDER_REFUSED' });
    expect(conclude(permanent, { unknowns: 1 })).toMatchObject({ status: 'UNKNOWN' });
  });

  it('TRANSIENT repeats it after the back-off', () => {
    expect(conclude(transient)).toEqual({ kind: 'retry', delayMs: 500 });
    expect(conclude({ ...transient, retryAfterMs: 9_000 })).toEqual({ kind: 'retry', delayMs: 9_000 });
  });

  it('TRANSIENT goes on at once while another provider is untried, whatever this one asked for', () => {
    expect(conclude({ ...transient, another: true, retryAfterMs: 9_000 })).toEqual({
      kind: 'retry',
      delayMs: 0,
    });
  });

  it('NOT_MADE leaves it due at once, however many attempts it had', () => {
    const notMade = { kind: 'NOT_MADE', detail: 'no-place' } as const;
    expect(conclude(notMade, { attempts: 4 })).toEqual({ kind: 'retry', delayMs: 0 });
  });

  it('counts no attempt that was not made', () => {
    expect(conclude(transient, { attempts: 4, notMade: 1 })).toEqual({ kind: 'retry', delayMs: 2_000 });
    expect(conclude(transient, { attempts: 5, notMade: 1 })).toMatchObject({
      reason: 'PROVIDER_UNAVAILABLE',
    });
  });

  it('TRANSIENT ends it when no attempt is left', () => {
    expect(conclude(transient, { attempts: 4 })).toEqual({
      kind: 'end',
      status: 'FAILED',
      reason: 'PROVIDER_UNAVAILABLE',
    });
  });

  it('TRANSIENT ends it when it comes too late or the provider asks for more time than is left', () => {
    expect(conclude(transient, { usefulForMs: 0 })).toMatchObject({ reason: 'TOO_LATE' });
    expect(conclude({ ...transient, retryAfterMs: 60_000 }, { usefulForMs: 50_000 })).toMatchObject({
      reason: 'TOO_LATE',
    });
  });

  it('never plans a repeat for after the end', () => {
    expect(conclude(transient, { usefulForMs: 400 }, 0.9)).toEqual({ kind: 'retry', delayMs: 200 });
  });

  it('UNKNOWN repeats only what a provider can tell for a repeat', () => {
    expect(conclude(unknown)).toEqual({ kind: 'retry', delayMs: 500 });
    expect(conclude({ ...unknown, repeatable: false })).toEqual({
      kind: 'end',
      status: 'UNKNOWN',
      reason: 'OUTCOME_UNKNOWN',
    });
  });

  it('UNKNOWN at last leaves it UNKNOWN', () => {
    expect(conclude(unknown, { attempts: 4 })).toEqual({
      kind: 'end',
      status: 'UNKNOWN',
      reason: 'OUTCOME_UNKNOWN',
    });
  });

  it('UNKNOWN at last is looked up once, where the provider can be asked', () => {
    const askable = { ...unknown, repeatable: false, lookUp: true };
    expect(conclude(askable, { attempts: 4 })).toEqual({ kind: 'retry', delayMs: 5_000 });
    expect(conclude(askable, { attempts: 5 })).toMatchObject({ kind: 'end', status: 'UNKNOWN' });
    expect(conclude(askable, { attempts: 4, usefulForMs: 900 })).toMatchObject({ reason: 'TOO_LATE' });
  });

  it('is the end of what was withdrawn meanwhile', () => {
    const withdrawn = { withdrawn: true, error: 'SUPERSEDED' } as const;
    expect(conclude(transient, withdrawn)).toEqual({ kind: 'end', status: 'FAILED', reason: 'SUPERSEDED' });
    expect(conclude(unknown, withdrawn)).toEqual({ kind: 'end', status: 'UNKNOWN', reason: 'SUPERSEDED' });
  });
});

describe('Another try that somebody asks for', () => {
  it.each([
    [4, 0, { kind: 'retry', attemptsMax: 8 }],
    [4, 2, { kind: 'retry', attemptsMax: 6 }],
    [9, 2, { kind: 'retry', attemptsMax: 8 }],
    [9, 1, { kind: 'refused', why: 'it has had 8 attempts, and no message has more' }],
  ] as const)('after %i attempts of which %i were not made', (attempts, notMade, decision) => {
    const facts = {
      id: 'a',
      status: 'FAILED' as const,
      attempts,
      notMade,
      withdrawn: false,
      usefulForMs: 1_000,
      challengeState: 'ISSUED',
      latestDeliveryId: 'a',
    };
    expect(decideRetry(facts, DELIVERY_LIMITS)).toEqual(decision);
  });
});

describe('The relay', () => {
  it('looks at once after a full batch, soon after a smaller one, and ever later while there is nothing', () => {
    expect(nextPollMs(500, 100, 100)).toBe(0);
    expect(nextPollMs(500, 3, 100)).toBe(50);
    const idle = [0, 0, 0, 0, 0, 0, 0, 0].reduce<number[]>(
      (pauses) => [...pauses, nextPollMs(pauses.at(-1) ?? 50, 0, 100)],
      [],
    );
    expect(idle).toEqual([75, 112.5, 168.75, 253.125, 379.6875, 500, 500, 500]);
  });

  it('takes codes before links', () => {
    expect(priorityOf({ code: '123456' })).toBeLessThan(priorityOf({}));
  });
});

describe('The limits', () => {
  it('leave a lease time to record what was sent at its end', () => {
    expect(DELIVERY_LIMITS.sendMs).toBeLessThanOrEqual(DELIVERY_LIMITS.leaseMs - 3_000);
  });
});
