import type { Claim } from './delivery-store.js';

/** What the worker may know across tenants: which deliveries are due, and whose a delivery is. */
export abstract class Routing {
  /**
   * Leases at most so many due deliveries, urgent ones first, an equal share to each tenant that has any and the
   * oldest of each; each claim raises its delivery's fence.
   */
  abstract claim(batch: number, leaseMs: number): Promise<readonly Claim[]>;

  /** How long the codes and the links that have been due for longest wait to be claimed, in seconds; 0 for none. */
  abstract oldestDueSeconds(): Promise<{ readonly codes: number; readonly links: number }>;

  /** The tenant of each delivery, by its id; none of one that is gone. */
  abstract tenantsOf(deliveryIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
