import type { ProviderServer } from './recording-provider-server.js';

/** A span as OTLP's JSON encoding tells it, with the service that sent it. */
export interface ReceivedSpan {
  readonly service: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly kind: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for the first of a trace. */
  readonly parentSpanId: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface ExportedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes?: readonly Attribute[];
  readonly status?: { readonly code?: number };
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}

/** `SpanKind` and `StatusCode` of opentelemetry-proto, trace/v1/trace.proto. */
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const ERROR = 2;

/** Every span that came to a server, by OTLP/HTTP in JSON, in the order in which they ended. */
export function receivedSpans(server: ProviderServer): ReceivedSpan[] {
  return server.requests
    .filter(({ method, path }) => method === 'POST' && path.endsWith('/v1/traces'))
    .flatMap(({ body }) => (JSON.parse(body) as ExportRequest).resourceSpans)
    .flatMap(({ resource, scopeSpans }) => {
      const service = factsOf(resource.attributes);
      return scopeSpans.flatMap(({ spans }) => spans.map((span) => received(service, span)));
    });
}

function received(service: ReceivedSpan['service'], span: ExportedSpan): ReceivedSpan {
  const { name, traceId, spanId, parentSpanId } = span;
  return {
    service,
    name,
    kind: KINDS[span.kind] ?? 'unknown',
    traceId,
    spanId,
    parentSpanId: parentSpanId === '' ? undefined : parentSpanId,
    facts: factsOf(span.attributes ?? []),
    failed: span.status?.code === ERROR,
  };
}

function factsOf(attributes: readonly Attribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
