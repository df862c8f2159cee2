import type { Challenge, ChallengeState, StateReason } from './challenge.js';
import { type Decision, granted, refused } from './decision.js';

/**
 * The life of a challenge, and the only place that knows its transitions.
 *
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> ISSUED: create
 *   ISSUED --> ISSUED: wrong answer, resend
 *   ISSUED --> VERIFIED: right answer
 *   ISSUED --> FAILED: last attempt was wrong, or never settled
 *   VERIFIED --> COMPLETED: complete
 *   ISSUED --> CANCELLED: cancel, superseded
 *   VERIFIED --> CANCELLED: cancel, superseded
 *   ISSUED --> EXPIRED: not answered in time
 *   VERIFIED --> EXPIRED: not completed in time
 *   COMPLETED --> [*]
 *   CANCELLED --> [*]
 *   EXPIRED --> [*]
 *   FAILED --> [*]
 * ```
 */
const TRANSITIONS: Readonly<Record<ChallengeState, readonly ChallengeState[]>> = {
  ISSUED: ['VERIFIED', 'FAILED', 'CANCELLED', 'EXPIRED'],
  VERIFIED: ['COMPLETED', 'CANCELLED', 'EXPIRED'],
  COMPLETED: [],
  CANCELLED: [],
  EXPIRED: [],
  FAILED: [],
};

/** True while a challenge can still be answered, completed, cancelled or expire. */
export function isOpen(challenge: Challenge): boolean {
  return TRANSITIONS[challenge.state].length > 0;
}

/** An attempt is settled within this time of being counted, or never: its process must have died. Longer than a request can live. */
export const SETTLING_SECONDS = 20;

/**
 * The challenge as it stands at an instant, whatever has been recorded: past its time it is EXPIRED, and FAILED
 * when its last attempt was counted so long ago that nothing can come of it any more.
 */
export function asOf(challenge: Challenge, now: Date): Challenge {
  const end = foreseeableEnd(challenge);
  return end && now >= end.endedAt ? { ...challenge, ...end } : challenge;
}

/** The right answer was given. */
export function verify(challenge: Challenge, now: Date): Decision<Challenge> {
  return move(challenge, now, 'VERIFIED', null, (current) => ({
    ...current,
    verifiedAt: now,
    completeBefore: new Date(now.getTime() + current.completeWithinSeconds * 1_000),
  }));
}

/** The last attempt was wrong. */
export function fail(challenge: Challenge, now: Date): Decision<Challenge> {
  return move(challenge, now, 'FAILED', 'ATTEMPTS_EXHAUSTED');
}

/** Confirms, once, that the action was approved. */
export function complete(challenge: Challenge, now: Date): Decision<Challenge> {
  return move(challenge, now, 'COMPLETED', null, (current) => ({ ...current, completedAt: now }));
}

/** Cancelling what is already cancelled is no conflict: the caller has what it wanted. */
export function cancel(
  challenge: Challenge,
  now: Date,
  reason: 'REQUESTED' | 'SUPERSEDED',
): Decision<Challenge> {
  return challenge.state === 'CANCELLED' ? granted(challenge) : move(challenge, now, 'CANCELLED', reason);
}

/** No challenge lives longer, however often it is resent: what is looked for among the open ones is at most so old. */
export const LONGEST_LIFE_SECONDS = 86_400;

/**
 * Records a resend; `cooldownSeconds` doubles with each one. `expiresAt` moves only when `extendedLifeSeconds` is
 * given, to so long from now, and never past the longest life of a challenge.
 */
export function resend(
  challenge: Challenge,
  now: Date,
  rules: { readonly cooldownSeconds: number; readonly extendedLifeSeconds: number | null },
): Decision<Challenge> {
  const current = asOf(challenge, now);
  if (current.type === 'TOKEN') return refused('resend-not-applicable');
  if (current.state !== 'ISSUED') return stateConflict(current);
  if (isBeingChecked(current)) return undecided(current);
  const { used, max, availableAt } = current.resends;
  if (used >= max) return refused('resend-exhausted');
  if (availableAt !== null && now < availableAt) {
    return refused('resend-too-soon', {
      retryAfterSeconds: secondsUntil(availableAt, now),
      members: { limit: { per: 'CHALLENGE', max: 1, windowSeconds: rules.cooldownSeconds * 2 ** used } },
    });
  }
  return granted({
    ...current,
    resends: { used: used + 1, max, availableAt: cooledDownAt(now, rules.cooldownSeconds, used + 1) },
    expiresAt:
      rules.extendedLifeSeconds === null
        ? current.expiresAt
        : extendedExpiry(current, now, rules.extendedLifeSeconds),
  });
}

function extendedExpiry({ createdAt }: Challenge, now: Date, lifeSeconds: number): Date {
  const latest = createdAt.getTime() + LONGEST_LIFE_SECONDS * 1_000;
  return new Date(Math.min(now.getTime() + lifeSeconds * 1_000, latest));
}

/** When the next resend is possible: the cooldown doubles with every resend made. */
export function cooledDownAt(now: Date, cooldownSeconds: number, resendsUsed: number): Date {
  return new Date(now.getTime() + cooldownSeconds * 2 ** resendsUsed * 1_000);
}

/** True while the last attempt is counted and its outcome not recorded. */
export function isBeingChecked({ state, exhaustedAt }: Challenge): boolean {
  return state === 'ISSUED' && exhaustedAt !== null;
}

/** The refusal of something that the challenge's state does not allow. */
export function stateConflict(challenge: Challenge): Decision<never> {
  return refused('challenge-state-conflict', {
    members: { state: challenge.state, stateReason: challenge.stateReason },
  });
}

/** The refusal of something while answers that came earlier are being checked: they decide what becomes of the challenge. */
export function undecided({ state, stateReason }: Challenge): Decision<never> {
  const details = {
    detail: 'An earlier answer is still being checked.',
    retryAfterSeconds: 1,
    members: { state, stateReason },
  };
  return { ok: false, refusal: { code: 'challenge-state-conflict', details, passing: true } };
}

export function secondsUntil(later: Date, now: Date): number {
  return Math.max(1, Math.ceil((later.getTime() - now.getTime()) / 1_000));
}

type End = Pick<Challenge, 'state' | 'stateReason'> & { readonly endedAt: Date };

/** How and when an open challenge ends if nothing more happens to it. */
function foreseeableEnd({ state, expiresAt, exhaustedAt, completeBefore }: Challenge): End | undefined {
  if (state === 'VERIFIED' && completeBefore) {
    return { state: 'EXPIRED', stateReason: 'NOT_COMPLETED', endedAt: completeBefore };
  }
  if (state !== 'ISSUED') return undefined;
  const settledBefore = exhaustedAt && new Date(exhaustedAt.getTime() + SETTLING_SECONDS * 1_000);
  return settledBefore && settledBefore < expiresAt
    ? { state: 'FAILED', stateReason: 'ATTEMPTS_EXHAUSTED', endedAt: settledBefore }
    : { state: 'EXPIRED', stateReason: 'NOT_ANSWERED', endedAt: expiresAt };
}

function move(
  challenge: Challenge,
  now: Date,
  to: ChallengeState,
  stateReason: StateReason | null,
  also: (current: Challenge) => Challenge = (current) => current,
): Decision<Challenge> {
  const current = asOf(challenge, now);
  if (!TRANSITIONS[current.state].includes(to)) return stateConflict(current);
  const moved = { ...also(current), state: to, stateReason };
  return granted({ ...moved, endedAt: isOpen(moved) ? null : now });
}
