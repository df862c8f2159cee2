import type { Caller } from '../shared/caller.js';
import type { Confirmation } from './confirmation.js';

/** Seconds by which clocks may differ (`exp`, `nbf`). */
export const CLOCK_TOLERANCE_SECONDS = 30;

/** An accepted token and how long that may be remembered. */
export interface VerifiedToken {
  readonly caller: Caller;
  /** What who presents it must show. */
  readonly confirmation: Confirmation;
  /** Milliseconds of the epoch, as all times here: its `exp`. */
  readonly expiresAt: number;
  /** Never past `exp`. */
  readonly rememberUntil: number;
  /** False once what it was verified with is no longer trusted. */
  readonly isStillTrusted: () => boolean;
}
