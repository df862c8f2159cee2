import { Logger } from '@nestjs/common';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

const TELL_EVERY_MS = 60_000;

/** Tells of exports that failed, once a minute at most, and of the first that works again. */
export class FailureTellingExporter implements SpanExporter {
  private readonly log = new Logger('Traces');
  private lost = 0;
  private failing = false;
  private toldAt = -Infinity;

  constructor(private readonly inner: SpanExporter) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.inner.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) this.worked();
      else this.failed(spans.length, result.error);
      done(result);
    });
  }

  async shutdown(): Promise<void> {
    await this.inner.shutdown();
  }

  private failed(spans: number, error: Error | undefined): void {
    this.lost += spans;
    this.failing = true;
    if (performance.now() - this.toldAt < TELL_EVERY_MS) return;
    this.toldAt = performance.now();
    this.log.warn({
      msg: 'spans could not be exported and are lost',
      spans: this.lost,
      reason: reasonOf(error),
    });
    this.lost = 0;
  }

  private worked(): void {
    if (!this.failing) return;
    this.failing = false;
    this.log.log({ msg: 'spans are exported again', lostMeanwhile: this.lost });
    this.lost = 0;
  }
}

/** The code of a failure alone: its words may hold the receiver's answer or its address, and so a key. */
function reasonOf(error: (Error & { readonly code?: unknown }) | undefined): string {
  const { code } = error ?? {};
  if (typeof code === 'number' || (typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code)))
    return String(code);
  return error?.message === 'Request timed out' ? 'timeout' : 'unknown';
}
