import type { Claim } from './delivery-store.js';

/** What the worker may know across tenants: which deliveries are due, and whose a delivery is. */
export abstract class Routing {
  /** Leases at most so many due deliveries, urgent and oldest first; each claim raises its delivery's fence. */
  abstract claim(batch: number, leaseMs: number): Promise<readonly Claim[]>;

  /** The tenant of a delivery; undefined when it is gone. */
  abstract tenantOf(deliveryId: string): Promise<string | undefined>;
}
