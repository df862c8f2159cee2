import { type Span as OpenTelemetrySpan, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import type { Span, SpanFacts } from './tracing.js';

/** A span of OpenTelemetry's; one that is not sampled takes everything and keeps nothing. */
export class OtlpSpan implements Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  private hasFailed = false;

  constructor(private readonly inner: OpenTelemetrySpan) {
    const { traceId, spanId, traceFlags } = inner.spanContext();
    this.traceId = traceId;
    this.spanId = spanId;
    this.sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  tell(facts: SpanFacts): void {
    this.inner.setAttributes(facts);
  }

  fail(code: string): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.inner.setAttribute(ATTR_ERROR_TYPE, code).setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    this.inner.end();
  }
}
