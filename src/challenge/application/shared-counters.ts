import type { ExceededLimit, Reservation } from './limit-counters.js';

/**
 * Counters that most requests of a tenant share. Holding such a row until a request commits would let the
 * tenant's requests through one at a time, so they are taken just before it commits, in a transaction of their
 * own. They never admit more than their limit; what was taken for a request that then failed is spent.
 */
export abstract class SharedCounters {
  /** Takes one of each; or none, and names a limit that is reached. */
  abstract take(tenant: string, reservations: readonly Reservation[]): Promise<ExceededLimit | undefined>;
}
