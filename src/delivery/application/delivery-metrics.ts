import { Counter, Histogram } from 'prom-client';

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

export const sendSeconds = new Histogram({
  name: 'acs_delivery_send_duration_seconds',
  help: 'Time that a provider took for one message, whatever it answered',
  labelNames: ['provider'] as const,
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8],
});
