import { parseTraceparent } from '../../observability/traceparent.js';
import { inSpan, type Span, type SpanFacts, type SpanStart } from '../../observability/tracing.js';
import type { Channel } from '../../template/template.js';
import type { AttemptOutcome } from '../domain/conclude.js';
import type { Attempt } from './attempt.js';
import { ProviderError } from './provider.js';

/** What every step of a delivery tells. */
export function deliveryFacts(tenant: string, id: string, channel: Channel): SpanFacts {
  return {
    'messaging.system': 'acs',
    'messaging.destination.name': 'delivery',
    'messaging.message.id': id,
    'acs.tenant.id': tenant,
    'acs.channel': channel,
  };
}

/** An attempt, which began when the delivery was taken up by `performance.now()`. */
export function attemptSpan(attempt: Attempt, startedAt: number): SpanStart {
  const { tenant, deliveryId, number, provider, message } = attempt;
  return {
    name: 'process delivery',
    kind: 'consumer',
    facts: {
      ...deliveryFacts(tenant, deliveryId, message.channel),
      'acs.challenge.id': message.challengeId,
      'acs.attempt': number,
      'acs.provider': provider,
    },
    parent: parseTraceparent(attempt.traceparent) ?? null,
    startedAt,
  };
}

/** Tells of an attempt what became of it. */
export function tellOutcome(span: Span | undefined, outcome: AttemptOutcome): void {
  span?.tell({ 'acs.outcome': outcome.kind.toLowerCase() });
  if (outcome.kind !== 'SENT') span?.fail(outcome.detail);
}

/** A call of a provider, as a step of the trace. The provider hears nothing of the trace. */
export async function inCall<T>(name: string, provider: string, call: () => Promise<T>): Promise<T> {
  return await inSpan(
    () => ({ name, kind: 'client', facts: { 'acs.provider': provider } }),
    async (span) => {
      try {
        return await call();
      } catch (error) {
        if (error instanceof ProviderError) span?.fail(error.detail);
        throw error;
      }
    },
  );
}
