import { randomBytes } from 'node:crypto';
import type { IdGenerator } from '@opentelemetry/sdk-trace';

/** Random identifiers; a trace that begins can be given the one that its request already has. */
export class SpanIds implements IdGenerator {
  nextTraceId: string | undefined;

  generateTraceId(): string {
    const asked = this.nextTraceId;
    this.nextTraceId = undefined;
    return asked ?? randomBytes(16).toString('hex');
  }

  generateSpanId(): string {
    return randomBytes(8).toString('hex');
  }
}
