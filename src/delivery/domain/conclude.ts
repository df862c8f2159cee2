import { backOffMs } from './back-off.js';
import {
  type DeliveryState,
  type EndReason,
  endUnsent,
  type Ending,
  isExhausted,
  mayAsk,
  type Settlement,
} from './delivery.js';
import type { DeliveryLimits } from './limits.js';

/** A provider took the message. */
export interface SentOutcome {
  readonly kind: 'SENT';
  readonly providerMessageId: string | null;
}

/** What became of one attempt. `detail` is a code without any text of the provider's: that may name the recipient. */
export type AttemptOutcome =
  | SentOutcome
  | { readonly kind: 'PERMANENT'; readonly detail: string; readonly reason?: EndReason }
  | {
      readonly kind: 'TRANSIENT';
      readonly detail: string;
      readonly retryAfterMs?: number;
      /** Another provider of the channel has not been tried yet: it is, at once. */
      readonly another?: boolean;
    }
  | {
      readonly kind: 'UNKNOWN';
      readonly detail: string;
      /** A repeat would carry the same identifier to a provider that tells repeats by it. */
      readonly repeatable: boolean;
      /** The provider can be asked in a moment whether it has the message. */
      readonly lookUp?: boolean;
    }
  /** Its worker gave it up before any provider was asked. */
  | { readonly kind: 'NOT_MADE'; readonly detail: string };

export type Unsent = { readonly kind: 'retry'; readonly delayMs: number } | Ending | Settlement;

export type Conclusion = { readonly kind: 'sent' } | Unsent;

/**
 * What follows from an attempt. A refusal for good ends the delivery; a refusal for now repeats it while attempts
 * and time are left. So does an unknown outcome, but only where a repeat can be told from a new message: then the
 * recipient gets it at least once, and a provider that would charge and send twice is not asked twice. One that can
 * tell whether it has the message is asked that a moment later, when what it took is listed; after the last attempt too.
 * What was not made is due at once.
 * `draw` is uniform in [0, 1).
 */
export function decideConclusion(
  delivery: DeliveryState,
  outcome: AttemptOutcome,
  limits: DeliveryLimits,
  draw: number,
): Conclusion {
  switch (outcome.kind) {
    case 'SENT':
      return { kind: 'sent' };
    case 'PERMANENT':
      return endUnsent(outcome.reason ?? 'PROVIDER_REFUSED', delivery.unknowns);
    case 'UNKNOWN': {
      const unsure = { ...delivery, unknowns: delivery.unknowns + 1 };
      if (!outcome.repeatable && !outcome.lookUp) return endUnsent('OUTCOME_UNKNOWN', unsure.unknowns);
      const leastMs = outcome.lookUp ? limits.backOffBaseMs : 0;
      const delayMs = leastMs + backOffMs(delivery.attempts - delivery.notMade, limits, draw);
      return repeat(unsure, 'OUTCOME_UNKNOWN', limits, delayMs, leastMs, outcome.lookUp);
    }
    case 'NOT_MADE':
      return { kind: 'retry', delayMs: 0 };
    case 'TRANSIENT': {
      const askedMs = outcome.another ? 0 : (outcome.retryAfterMs ?? 0);
      const delayMs = outcome.another
        ? 0
        : backOffMs(delivery.attempts - delivery.notMade, limits, draw, askedMs);
      return repeat(delivery, 'PROVIDER_UNAVAILABLE', limits, delayMs, askedMs);
    }
  }
}

function repeat(
  delivery: DeliveryState,
  exhausted: EndReason,
  limits: DeliveryLimits,
  delayMs: number,
  leastMs: number,
  lookUp = false,
): Conclusion {
  if (delivery.withdrawn) return endUnsent(delivery.error ?? 'CHALLENGE_ENDED', delivery.unknowns);
  const mayLookUp = lookUp && mayAsk(delivery, limits);
  if (isExhausted(delivery, limits) && !mayLookUp) return endUnsent(exhausted, delivery.unknowns);
  if (delivery.usefulForMs <= leastMs) return endUnsent('TOO_LATE', delivery.unknowns);
  // A draw past the end is brought forward: the last moments are better used than waited out.
  const fits = delayMs < delivery.usefulForMs;
  return { kind: 'retry', delayMs: fits ? delayMs : Math.max(leastMs, delivery.usefulForMs / 2) };
}
