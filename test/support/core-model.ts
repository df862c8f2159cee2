import type { ChallengeView } from './api-client.js';

/** The rules of a policy, as far as the model knows them. */
export interface ModelPolicy {
  readonly alias: string;
  readonly secret: 'SAME' | 'NEW';
  readonly maxResends: number;
  readonly maxActive: number;
  /** Of the policy's current version; a challenge keeps the number it was issued with. */
  maxAttempts: number;
}

/** What a challenge should look like. */
export interface ModelChallenge {
  readonly id: string;
  readonly policy: ModelPolicy;
  readonly person: string;
  readonly maxAttempts: number;
  /** Every code it had, the last one counts. */
  readonly codes: string[];
  state: ChallengeView['state'];
  stateReason: string | null;
  used: number;
  resent: number;
}

/** What a request should get: its status and, where it is refused, the problem's code. */
export type Expected = readonly [status: number, code?: string];

const CONFLICT: Expected = [409, 'challenge-state-conflict'];

/** The life of challenges, told a second time and in the plainest words. */
export class CoreModel {
  readonly challenges: ModelChallenge[] = [];

  create(id: string, policy: ModelPolicy, person: string, code: string): void {
    const active = this.challenges.filter(
      (other) => other.policy === policy && other.person === person && isOpen(other),
    );
    for (const older of active.slice(0, Math.max(0, active.length - policy.maxActive + 1)))
      end(older, 'CANCELLED', 'SUPERSEDED');
    this.challenges.push({
      id,
      policy,
      person,
      maxAttempts: policy.maxAttempts,
      codes: [code],
      state: 'ISSUED',
      stateReason: null,
      used: 0,
      resent: 0,
    });
  }

  answer(challenge: ModelChallenge, answer: string): Expected {
    if (challenge.state !== 'ISSUED') return CONFLICT;
    if (challenge.codes.slice(0, -1).includes(answer)) return [422, 'answer-superseded'];
    challenge.used += 1;
    if (answer === challenge.codes.at(-1)) {
      challenge.state = 'VERIFIED';
      return [200];
    }
    if (challenge.used === challenge.maxAttempts) end(challenge, 'FAILED', 'ATTEMPTS_EXHAUSTED');
    return [422, 'answer-incorrect'];
  }

  resend(challenge: ModelChallenge, cooledDown: boolean): Expected {
    if (challenge.state !== 'ISSUED') return CONFLICT;
    if (challenge.resent === challenge.policy.maxResends) return [409, 'resend-exhausted'];
    if (!cooledDown) return [429, 'resend-too-soon'];
    challenge.resent += 1;
    return [202];
  }

  complete(challenge: ModelChallenge): Expected {
    if (challenge.state !== 'VERIFIED') return CONFLICT;
    end(challenge, 'COMPLETED', null);
    return [200];
  }

  cancel(challenge: ModelChallenge): Expected {
    if (challenge.state === 'CANCELLED') return [200];
    if (!isOpen(challenge)) return CONFLICT;
    end(challenge, 'CANCELLED', 'REQUESTED');
    return [200];
  }

  expire(challenge: ModelChallenge): void {
    if (isOpen(challenge))
      end(challenge, 'EXPIRED', challenge.state === 'ISSUED' ? 'NOT_ANSWERED' : 'NOT_COMPLETED');
  }
}

/** What the API should show of a challenge. */
export function viewOf(challenge: ModelChallenge): object {
  const { state, stateReason, used, maxAttempts, resent, policy } = challenge;
  return {
    state,
    stateReason,
    attempts: { used, max: maxAttempts },
    resends: { used: resent, max: policy.maxResends },
  };
}

function isOpen({ state }: ModelChallenge): boolean {
  return state === 'ISSUED' || state === 'VERIFIED';
}

function end(challenge: ModelChallenge, state: ModelChallenge['state'], reason: string | null): void {
  challenge.state = state;
  challenge.stateReason = reason;
}
