import type { DeliveryStatus } from './delivery.js';
import type { DeliveryLimits } from './limits.js';

/** What decides whether a delivery that is over may be tried once more. */
export interface RetryFacts {
  readonly id: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  /** Those among them that do not count. */
  readonly notMade: number;
  readonly withdrawn: boolean;
  readonly usefulForMs: number;
  /** Null when the challenge is gone. */
  readonly challengeState: string | null;
  /** The challenge's newest delivery. */
  readonly latestDeliveryId: string | null;
}

export type RetryDecision =
  | { readonly kind: 'retry'; readonly attemptsMax: number }
  | { readonly kind: 'refused'; readonly why: string };

const OVER: readonly DeliveryStatus[] = ['FAILED', 'UNKNOWN', 'DEAD'];

/**
 * Whether somebody who looks after the service may have a delivery tried again: one that was not sent for certain,
 * whose message is held, and of use to its challenge. It gets the usual attempts anew, within the bound of all.
 */
export function decideRetry(
  facts: RetryFacts,
  { maxAttempts, mostAttempts }: Pick<DeliveryLimits, 'maxAttempts' | 'mostAttempts'>,
): RetryDecision {
  const made = facts.attempts - facts.notMade;
  const why = objection(facts, made, mostAttempts);
  if (why !== undefined) return { kind: 'refused', why };
  return { kind: 'retry', attemptsMax: Math.min(made + maxAttempts, mostAttempts) };
}

function objection(facts: RetryFacts, made: number, mostAttempts: number): string | undefined {
  if (!OVER.includes(facts.status))
    return `it is ${facts.status}, and only what is ${OVER.join(', ')} is tried again`;
  if (facts.challengeState === null) return 'its challenge is gone';
  if (facts.challengeState !== 'ISSUED') return `its challenge is ${facts.challengeState}`;
  if (facts.latestDeliveryId !== facts.id) return 'a later delivery of its challenge has taken its place';
  if (facts.withdrawn) return 'its message was erased';
  if (facts.usefulForMs <= 0) return 'it would arrive too late to be of use';
  if (made >= mostAttempts) return `it has had ${made} attempts, and no message has more`;
  return undefined;
}
