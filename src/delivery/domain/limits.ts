/** How often and how long a delivery is tried. Times in milliseconds. */
export interface DeliveryLimits {
  readonly maxAttempts: number;
  /** The bound of all, however often somebody asks for another try. */
  readonly mostAttempts: number;
  /** How long a claim, and then an attempt, belongs to its worker. Whole seconds. */
  readonly leaseMs: number;
  /** How long an attempt that was begun ahead waits to be made. */
  readonly placeMs: number;
  /** A provider's time for one message, connecting included; it ends well within the lease. */
  readonly sendMs: number;
  readonly backOffBaseMs: number;
  readonly backOffCapMs: number;
  /** How long a delivery on a channel that is switched off waits before it is looked at again. */
  readonly holdMs: number;
}

export const DELIVERY_LIMITS: DeliveryLimits = {
  maxAttempts: 4,
  mostAttempts: 8,
  leaseMs: 12_000,
  placeMs: 1_000,
  sendMs: 8_000,
  backOffBaseMs: 1_000,
  backOffCapMs: 20_000,
  holdMs: 5_000,
};
