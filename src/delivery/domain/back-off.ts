import type { DeliveryLimits } from './limits.js';

/**
 * The wait before the next attempt: exponential with full jitter (AWS Architecture Blog, "Exponential Backoff
 * And Jitter"), and no shorter than the provider asked for. `draw` is uniform in [0, 1).
 */
export function backOffMs(
  attempts: number,
  limits: Pick<DeliveryLimits, 'backOffBaseMs' | 'backOffCapMs'>,
  draw: number,
  retryAfterMs = 0,
): number {
  const ceiling = Math.min(limits.backOffCapMs, limits.backOffBaseMs * 2 ** (attempts - 1));
  return Math.max(Math.floor(draw * ceiling), retryAfterMs);
}
