import type { TraceParent } from './traceparent.js';

/** The service that a process belongs to, as its spans name it. */
export interface TracedService {
  readonly name: 'acs-api' | 'acs-worker';
  readonly version: string;
}

/**
 * What a span tells: names, classes and identifiers that are ours. Never a recipient, a code, a token, a header, a
 * body, a URL or another's words.
 */
export type SpanFacts = Readonly<Record<string, string | number>>;

/** What begins with a span. */
export interface SpanStart {
  /** One of a few: it holds nothing that differs from one request to the next. */
  readonly name: string;
  readonly kind: 'server' | 'producer' | 'consumer' | 'client';
  readonly facts: SpanFacts;
  /** What it is part of: by default the span under way; null begins a trace. */
  readonly parent?: TraceParent | null;
  /** The identifier of the trace that begins with it; 32 hexadecimal digits. */
  readonly traceId?: string;
  /** When it began, by `performance.now()`; by default it begins now. */
  readonly startedAt?: number;
}

/** A part of a trace that is under way. */
export interface Span extends TraceParent {
  tell(facts: SpanFacts): void;

  /** Says that what it stands for failed, by a short code of ours; the first one counts. */
  fail(code: string): void;

  end(): void;
}

/** Makes the spans of this process and has them exported. Nothing here waits, throws or slows the work that it tells of. */
export abstract class Tracer {
  abstract begin(start: SpanStart): Span;

  /** Does the work as part of a span: what begins meanwhile is part of it too. */
  abstract during<T>(span: Span, work: () => T): T;

  /** The span that the caller's work is part of. */
  abstract get current(): Span | undefined;

  /** Exports what is left, within a few seconds. */
  abstract stop(): Promise<void>;
}

let inUse: Tracer | undefined;

/** The process's tracer; undefined while there are no traces. */
export function tracer(): Tracer | undefined {
  return inUse;
}

/** From now on the process is traced, or no longer. */
export function useTracer(next: Tracer | undefined): void {
  inUse = next;
}

/** Does the work within a span, which ends with it; without one while there are no traces. */
export async function inSpan<T>(start: () => SpanStart, work: (span?: Span) => Promise<T>): Promise<T> {
  if (!inUse) return await work();
  const span = inUse.begin(start());
  try {
    return await inUse.during(span, () => work(span));
  } catch (error) {
    span.fail('unexpected');
    throw error;
  } finally {
    span.end();
  }
}
