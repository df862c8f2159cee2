import { type DeliveryState, endUnsent, type Ending, isExhausted, mayAsk } from './delivery.js';
import type { DeliveryLimits } from './limits.js';

/** What else decides whether a claimed delivery may be attempted now. */
export interface Readiness {
  /** The fence of the claim. */
  readonly fence: number;
  /** The sealed message can be opened with the key ring. */
  readonly readable: boolean;
  readonly hasTemplate: boolean;
  /** The tenant has the channel switched on, and this worker has a provider for it. */
  readonly channelOpen: boolean;
  /** The outcome of an earlier attempt is not known, and its provider can be asked for it. */
  readonly canAsk: boolean;
}

export type BeginDecision = { readonly kind: 'begin' | 'ask' | 'hold' | 'stale' } | Ending;

/**
 * Whether the holder of a claim may begin an attempt. Only the newest claim may, within its lease, so a job that
 * waited too long, runs twice or belongs to a worker that slept begins nothing. `ask` is an attempt that hands nothing
 * over: the one look-up that may follow the last.
 */
export function decideBegin(
  delivery: DeliveryState,
  readiness: Readiness,
  limits: Pick<DeliveryLimits, 'maxAttempts'>,
): BeginDecision {
  const isOpen = delivery.status === 'PENDING' || delivery.status === 'SENDING';
  if (!isOpen || delivery.fence !== readiness.fence || !delivery.leased) return { kind: 'stale' };
  const isLookUp = readiness.canAsk && mayAsk(delivery, limits);
  if (isExhausted(delivery, limits) && !isLookUp) return exhausted(delivery, limits);
  if (delivery.withdrawn) return endUnsent(delivery.error ?? 'CHALLENGE_ENDED', delivery.unknowns);
  if (delivery.usefulForMs <= 0) return endUnsent('TOO_LATE', delivery.unknowns);
  if (!readiness.readable) return endUnsent('MESSAGE_UNREADABLE', delivery.unknowns);
  if (!readiness.hasTemplate) return endUnsent('TEMPLATE_UNUSABLE', delivery.unknowns);
  if (!readiness.channelOpen) return { kind: 'hold' };
  return { kind: isLookUp ? 'ask' : 'begin' };
}

/** Its last attempt was lost with its worker; or a look-up after that was, or cannot be made any more. */
function exhausted(delivery: DeliveryState, limits: Pick<DeliveryLimits, 'maxAttempts'>): Ending {
  return delivery.status === 'SENDING' && mayAsk(delivery, limits)
    ? { kind: 'end', status: 'DEAD', reason: 'ATTEMPTS_EXHAUSTED' }
    : endUnsent('OUTCOME_UNKNOWN', delivery.unknowns);
}

const SHORTEST_PAUSE_MS = 500;

/** How long a delivery waits while no provider may be given it: until one may, and no longer than it is of use. */
export function pauseMs(waitMs: number, { usefulForMs }: Pick<DeliveryState, 'usefulForMs'>): number {
  return Math.min(Math.max(waitMs, SHORTEST_PAUSE_MS), usefulForMs);
}
