import { type TracedService, tracer, useTracer } from './tracing.js';

/** Starts to export traces to `OTEL_EXPORTER_OTLP_ENDPOINT`; without one nothing of OpenTelemetry's SDK is loaded. */
export async function startTracing(service: TracedService, endpoint: string | undefined): Promise<void> {
  if (endpoint === undefined) return;
  const { OtlpTracer } = await import('./otlp-tracer.js');
  useTracer(new OtlpTracer(service, endpoint));
}

/** Exports the last spans; there are no further ones. */
export async function stopTracing(): Promise<void> {
  const stopped = tracer();
  useTracer(undefined);
  await stopped?.stop();
}
