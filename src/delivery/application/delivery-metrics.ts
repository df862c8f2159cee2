import { Counter, Histogram } from 'prom-client';
import type { Channel } from '../../template/template.js';
import type { DeliveryStatus, EndReason } from '../domain/delivery.js';

/** What the worker counts as it goes. No label names a tenant, a recipient or a delivery. */

export const claimsMade = new Counter({
  name: 'acs_delivery_claims_total',
  help: 'Due deliveries that this worker claimed',
});

export const attemptsMade = new Counter({
  name: 'acs_delivery_attempts_total',
  help: 'Attempts to hand a message to a provider, by outcome',
  labelNames: ['channel', 'provider', 'outcome'] as const,
});

const deliveriesEnded = new Counter({
  name: 'acs_deliveries_ended_total',
  help: 'Deliveries that ended in this worker, by how and why',
  labelNames: ['channel', 'status', 'reason'] as const,
});

/** `reason` is null for what was sent. */
export function countEnd(channel: Channel, status: DeliveryStatus, reason: EndReason | null): void {
  deliveriesEnded.inc(endLabels(channel, status, reason));
}

function endLabels(
  channel: Channel,
  status: DeliveryStatus,
  reason: EndReason | null,
): { readonly channel: Channel; readonly status: string; readonly reason: string } {
  return { channel, status: status.toLowerCase(), reason: reason?.toLowerCase() ?? 'none' };
}

// Prometheus sees no increase in a series that begins with 1, and the first of these should raise the alarm.
for (const channel of ['EMAIL', 'SMS'] as const)
  deliveriesEnded.inc(endLabels(channel, 'DEAD', 'ATTEMPTS_EXHAUSTED'), 0);

export const sendSeconds = new Histogram({
  name: 'acs_delivery_send_duration_seconds',
  help: 'Time that a provider took for one message, whatever it answered',
  labelNames: ['provider'] as const,
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8],
});
