import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT_CONTEXT, SpanKind, trace, TraceFlags, type Tracer as OpenTelemetry } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
} from '@opentelemetry/semantic-conventions';
import { FailureTellingExporter } from './failure-telling-exporter.js';
import { OtlpSpan } from './otlp-span.js';
import { SpanIds } from './span-ids.js';
import type { TraceParent } from './traceparent.js';
import { type Span, type SpanStart, type TracedService, Tracer } from './tracing.js';

const KINDS = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
} as const satisfies Record<SpanStart['kind'], SpanKind>;

/** Times in milliseconds. What the queue cannot hold while the receiver is slow or away is given up. */
const BATCHES = { scheduledDelayMillis: 1_000, maxExportBatchSize: 512, maxQueueSize: 4_096 } as const;
const EXPORT_MS = 5_000;
/** Longer than the exporter takes to give up, so that its own word on why is heard. */
const BATCH_MS = 10_000;
const STOP_MS = 3_000;
/** No fact is that long; one that were would be no fact of ours. */
const LONGEST_FACT = 256;

/** Traces by OpenTelemetry's SDK, exported by OTLP/HTTP as JSON to `<endpoint>/v1/traces`. */
export class OtlpTracer extends Tracer {
  private readonly underWay = new AsyncLocalStorage<Span>();
  private readonly ids = new SpanIds();
  private readonly provider: TracerProvider;
  private readonly openTelemetry: OpenTelemetry;

  constructor({ name, version }: TracedService, endpoint: string) {
    super();
    const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: EXPORT_MS });
    this.provider = new TracerProvider({
      resource: defaultResource().merge(
        resourceFromAttributes({
          [ATTR_SERVICE_NAME]: name,
          [ATTR_SERVICE_VERSION]: version,
          [ATTR_SERVICE_INSTANCE_ID]: randomUUID(),
        }),
      ),
      idGenerator: this.ids,
      spanLimits: { attributeValueLengthLimit: LONGEST_FACT },
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new FailureTellingExporter(exporter),
          exportTimeoutMillis: BATCH_MS,
          ...BATCHES,
        }),
      ],
    });
    this.openTelemetry = this.provider.getTracer(name, version);
  }

  begin({ name, kind, facts, parent = this.current, traceId, startedAt }: SpanStart): Span {
    this.ids.nextTraceId = parent ? undefined : traceId;
    const options = {
      kind: KINDS[kind],
      attributes: facts,
      ...(startedAt === undefined ? {} : { startTime: performance.timeOrigin + startedAt }),
    };
    return new OtlpSpan(this.openTelemetry.startSpan(name, options, parent ? within(parent) : ROOT_CONTEXT));
  }

  during<T>(span: Span, work: () => T): T {
    return this.underWay.run(span, work);
  }

  get current(): Span | undefined {
    return this.underWay.getStore();
  }

  async stop(): Promise<void> {
    const over = new AbortController();
    const late = delay(STOP_MS, undefined, { signal: over.signal }).catch(() => undefined);
    // Why the last spans could not be exported, the exporter has told.
    await Promise.race([this.provider.shutdown().catch(() => undefined), late]);
    over.abort();
  }
}

/** An endpoint may have a path and a query of its own. */
function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return url.href;
}

function within({ traceId, spanId, sampled }: TraceParent): typeof ROOT_CONTEXT {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
