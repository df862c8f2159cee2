import type { Channel } from '../../template/template.js';
import type { DeliveryLimits } from './limits.js';

/**
 * Where a delivery stands. PENDING waits for its (next) attempt, SENDING has one under way; SENT, DELIVERED,
 * FAILED, UNKNOWN (a provider may or may not have it) and DEAD (it ended its workers, not their sends) are ends.
 */
export type DeliveryStatus = 'PENDING' | 'SENDING' | 'SENT' | 'DELIVERED' | 'FAILED' | 'UNKNOWN' | 'DEAD';

/** Why a delivery ended without reaching its recipient: a closed list, kept as the delivery's `error`. */
export type EndReason =
  | 'CHALLENGE_ENDED'
  | 'SUPERSEDED'
  | 'TOO_LATE'
  | 'ATTEMPTS_EXHAUSTED'
  | 'PROVIDER_REFUSED'
  | 'PROVIDER_UNAVAILABLE'
  | 'OUTCOME_UNKNOWN'
  | 'UNDELIVERED'
  | 'MESSAGE_UNREADABLE'
  | 'TEMPLATE_UNUSABLE';

/** A delivery as its row says while that row is locked; the times are the database's. */
export interface DeliveryState {
  readonly status: DeliveryStatus;
  readonly channel: Channel;
  readonly fence: number;
  /** Attempts begun, whatever became of them. */
  readonly attempts: number;
  /** Those among them that their worker gave up before any provider was asked, which do not count. */
  readonly notMade: number;
  /** How many may count, where somebody asked for more than usual. */
  readonly attemptsMax: number | null;
  /** The providers that refused earlier attempts for now, in order. */
  readonly refusedBy: readonly string[];
  /** Earlier attempts of which nobody knows whether a provider took the message. */
  readonly unknowns: number;
  /** The claim's lease, or the attempt's, has not run out. */
  readonly leased: boolean;
  /** What is left of the time in which the message is of use; negative once it is over. */
  readonly usefulForMs: number;
  /** The message was wiped: there is nothing left to send. */
  readonly withdrawn: boolean;
  /** Why it was withdrawn, when it was. */
  readonly error: EndReason | null;
}

export type EndStatus = Extract<DeliveryStatus, 'SENT' | 'FAILED' | 'UNKNOWN' | 'DEAD'>;

/** A delivery that is over without having been sent, and why. */
export interface Ending {
  readonly kind: 'end';
  readonly status: Exclude<EndStatus, 'SENT'>;
  readonly reason: EndReason;
}

/** Where a provider's receipt takes a delivery: how it stands from now on. */
export interface Settlement {
  readonly kind: 'settle';
  readonly status: Extract<DeliveryStatus, 'SENT' | 'DELIVERED' | 'FAILED'>;
  readonly error: EndReason | null;
}

/** FAILED says that nothing was sent; after an attempt with an unknown outcome that would be a guess. */
export function endUnsent(reason: EndReason, unknowns: number): Ending {
  return { kind: 'end', status: unknowns > 0 ? 'UNKNOWN' : 'FAILED', reason };
}

/** Whether the one look-up is due that may follow the last attempt, where its provider can tell what became of it. */
export function mayAsk(
  state: Pick<DeliveryState, 'attempts' | 'notMade' | 'attemptsMax'>,
  limits: Pick<DeliveryLimits, 'maxAttempts'>,
): boolean {
  return isExhausted(state, limits) && !isExhausted({ ...state, attempts: state.attempts - 1 }, limits);
}

/** Whether it has had all the attempts that it may have. */
export function isExhausted(
  { attempts, notMade, attemptsMax }: Pick<DeliveryState, 'attempts' | 'notMade' | 'attemptsMax'>,
  { maxAttempts }: Pick<DeliveryLimits, 'maxAttempts'>,
): boolean {
  return attempts - notMade >= (attemptsMax ?? maxAttempts);
}
