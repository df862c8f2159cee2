/** When a provider is left alone, and when it is tried again. Times in milliseconds of a clock that never steps. */
export interface BreakerLimits {
  /** Opens when such a share of at least so many sends within the window failed. */
  readonly share: number;
  readonly least: number;
  readonly windowMs: number;
  /** Opens when so many sends in a row got no answer. */
  readonly unanswered: number;
  /** The wait before the first probe; it doubles with each probe that fails, up to the longest. */
  readonly probeMs: number;
  readonly longestProbeMs: number;
  /** A probe that nothing came of in this time makes way for another. */
  readonly lapseMs: number;
}

export const BREAKER_LIMITS: BreakerLimits = {
  share: 0.5,
  least: 20,
  windowMs: 30_000,
  unanswered: 5,
  probeMs: 15_000,
  longestProbeMs: 120_000,
  lapseMs: 12_000,
};

/** What a send says of its provider: it answered (a refusal for good is an answer), could not take it, or said nothing. */
export type SendResult = 'answered' | 'failed' | 'unanswered';

/**
 * A circuit breaker (M. Nygard, "Release It!"): `closed → open → probing → closed`, or back to `open`.
 *
 * ```mermaid
 * stateDiagram-v2
 *   closed --> open: too many sends failed, or it told us to wait
 *   open --> probing: the wait is over, one send may try
 *   probing --> closed: the provider answered
 *   probing --> open: it failed again, the wait doubles
 * ```
 */
export type Breaker =
  | { readonly kind: 'closed'; readonly recent: readonly Tally[]; readonly unanswered: number }
  | { readonly kind: 'open' | 'probing'; readonly until: number; readonly waitMs: number };

/** The sends of one stretch of the window. */
interface Tally {
  readonly stretch: number;
  readonly sends: number;
  readonly failed: number;
}

const STRETCHES = 30;
/** Whoever waits for the outcome of a probe looks again after so long. */
const PROBE_LOOK_MS = 1_000;

export const CLOSED: Breaker = { kind: 'closed', recent: [], unanswered: 0 };

/** How long until the provider may be used; 0 for now. A caller that then uses it when it is not closed is the probe. */
export function waitOf(breaker: Breaker, now: number): number {
  if (breaker.kind === 'closed') return 0;
  const waitMs = Math.max(0, breaker.until - now);
  return breaker.kind === 'probing' ? Math.min(waitMs, PROBE_LOOK_MS) : waitMs;
}

/** Of a breaker whose wait is over: the right to send, which for one that is not closed is given to one alone. */
export function admitted(breaker: Breaker, now: number, { lapseMs }: BreakerLimits): Breaker {
  if (breaker.kind === 'closed') return breaker;
  return { kind: 'probing', until: now + lapseMs, waitMs: breaker.waitMs };
}

/** After a provider told us to wait for so long: it is left alone until then, or until the latest of probes. */
export function afterRequest(breaker: Breaker, askedMs: number, now: number, limits: BreakerLimits): Breaker {
  const until = now + Math.min(askedMs, limits.longestProbeMs);
  const isOpenLonger = breaker.kind === 'open' && breaker.until >= until;
  if (askedMs <= 0 || isOpenLonger) return breaker;
  return { kind: 'open', until, waitMs: breaker.kind === 'closed' ? limits.probeMs : breaker.waitMs };
}

/** After a send. Results of sends begun before it opened say nothing new of an open one. */
export function afterSend(breaker: Breaker, result: SendResult, now: number, limits: BreakerLimits): Breaker {
  switch (breaker.kind) {
    case 'open':
      return breaker;
    case 'probing':
      return result === 'answered' ? CLOSED : open(now, Math.min(breaker.waitMs * 2, limits.longestProbeMs));
    case 'closed': {
      const recent = counted(breaker.recent, result !== 'answered', now, limits.windowMs);
      const unanswered = result === 'unanswered' ? breaker.unanswered + 1 : 0;
      const isFailing = failsTooOften(recent, limits) || unanswered >= limits.unanswered;
      return isFailing ? open(now, limits.probeMs) : { kind: 'closed', recent, unanswered };
    }
  }
}

function counted(recent: readonly Tally[], failed: boolean, now: number, windowMs: number): Tally[] {
  const stretch = Math.floor((now / windowMs) * STRETCHES);
  const before = recent.filter((tally) => tally.stretch > stretch - STRETCHES && tally.stretch < stretch);
  const current = recent.find((tally) => tally.stretch === stretch) ?? { stretch, sends: 0, failed: 0 };
  return [...before, { stretch, sends: current.sends + 1, failed: current.failed + (failed ? 1 : 0) }];
}

function failsTooOften(recent: readonly Tally[], { least, share }: BreakerLimits): boolean {
  const sends = recent.reduce((sum, tally) => sum + tally.sends, 0);
  const failed = recent.reduce((sum, tally) => sum + tally.failed, 0);
  return sends >= least && failed >= share * sends;
}

function open(now: number, waitMs: number): Breaker {
  return { kind: 'open', until: now + waitMs, waitMs };
}
