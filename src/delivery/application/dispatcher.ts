import type { Claim } from './delivery-store.js';

/**
 * Takes claims to where they are delivered. It never takes more than can be begun within a claim's lease: a claim
 * that waits longer is claimed again, and the wait was for nothing.
 */
export abstract class Dispatcher {
  /** The way that claims go at the moment. */
  abstract readonly mode: 'bull' | 'direct';

  /** Gets ready; throws `StartRefused` when it must not be relied on. */
  abstract start(): Promise<void>;

  /** How many claims it would take now. */
  abstract room(): Promise<number>;

  /** Takes claims, all of them or none: it rejects when it took none for sure or cannot tell. */
  abstract dispatch(claims: readonly Claim[]): Promise<void>;

  /** Begins what waits here for so long at most, then nothing more; what was begun goes on. */
  abstract stop(drainMs: number): Promise<void>;
}
