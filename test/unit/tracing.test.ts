import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { OtlpTracer } from '../../src/observability/otlp-tracer.js';
import { formatTraceparent, parseTraceparent } from '../../src/observability/traceparent.js';
import { inSpan, type Span, type SpanStart, Tracer, useTracer } from '../../src/observability/tracing.js';
import { receivedSpans } from '../support/otlp-receiver.js';
import { ProviderServer } from '../support/recording-provider-server.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it.each([
    ['01', true],
    ['00', false],
    ['03', true],
    ['02', false],
  ])('with the flags %s says whether the trace is kept', (flags, sampled) => {
    const parent = parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`);
    expect(parent).toEqual({ traceId: TRACE, spanId: SPAN, sampled });
    expect(parseTraceparent(formatTraceparent(parent!))).toEqual(parent);
  });

  it.each([
    undefined,
    null,
    [`00-${TRACE}-${SPAN}-01`],
    '',
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
  ])('is not %j', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

/** Keeps what became of spans, in words. */
class TellingTracer extends Tracer {
  readonly told: string[] = [];
  current: Span | undefined;

  begin({ name }: SpanStart): Span {
    const tell = (what: string): void => {
      this.told.push(`${name} ${what}`);
    };
    return {
      traceId: TRACE,
      spanId: SPAN,
      sampled: true,
      tell: (facts) => {
        tell(JSON.stringify(facts));
      },
      fail: (code) => {
        tell(`failed: ${code}`);
      },
      end: () => {
        tell('ended');
      },
    };
  }

  during<T>(_span: Span, work: () => T): T {
    return work();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

describe('work within a span', () => {
  const start = (): SpanStart => ({ name: 'work', kind: 'client', facts: {} });

  it('fails as it would without one, and the span ends', async () => {
    const tracer = new TellingTracer();
    useTracer(tracer);
    try {
      const failure = new Error('the recipient is anna@example.test');
      await expect(inSpan(start, () => Promise.reject(failure))).rejects.toBe(failure);
      expect(await inSpan(start, () => Promise.resolve(7))).toBe(7);
    } finally {
      useTracer(undefined);
    }
    expect(tracer.told).toEqual(['work failed: unexpected', 'work ended', 'work ended']);
  });

  it('is done as it is while there are no traces, and nobody asks what the span would be', async () => {
    const never = (): SpanStart => {
      throw new Error('nobody traces');
    };
    expect(await inSpan(never, (span) => Promise.resolve(span ?? 'none'))).toBe('none');
  });
});

describe('the queue of spans', () => {
  it('gives up what it has no room for, and hands over the rest at the end', async () => {
    const receiver = await ProviderServer.listen();
    const tracer = new OtlpTracer({ name: 'acs-api', version: '0' }, `http://${receiver.host}`);
    for (let span = 0; span < 6_000; span += 1)
      tracer.begin({ name: `span ${span}`, kind: 'server', facts: {} }).end();
    await tracer.stop();
    await receiver.close();
    // One batch of 512 was on its way while 4,096 waited.
    const names = receivedSpans(receiver).map(({ name }) => Number(name.slice(5)));
    expect(names.sort((one, other) => one - other)).toEqual(Array.from({ length: 4_608 }, (_, span) => span));
  });
});

describe("OpenTelemetry's SDK", () => {
  const loaded = async (...endpoint: string[]): Promise<string[]> => {
    const module = fileURLToPath(new URL('../support/loaded-packages.js', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [module, ...endpoint]);
    return JSON.parse(stdout) as string[];
  };

  it('is loaded where traces are exported, and nowhere else', async () => {
    const [without, traced] = await Promise.all([loaded(), loaded('http://127.0.0.1:4318')]);
    // The metrics ask for the API, which does nothing by itself.
    expect(without).toEqual(['@opentelemetry/api']);
    expect(traced).toEqual(expect.arrayContaining(['@opentelemetry/sdk-trace']));
  }, 60_000);

  it.each(['api', 'worker', 'migrate', 'acs'])('nor that of AWS, is imported at the start of %s', (name) => {
    const imported = importedBy(new URL(`../../src/main.${name}.js`, import.meta.url));
    expect(imported).toContain('pg');
    expect(imported.filter((id) => /^@(opentelemetry\/(?!api$)|aws-sdk\/)/.test(id))).toEqual([]);
  });
});

/** What a bundle imports at once, and what those of its parts do that it imports at once. */
function importedBy(file: URL, seen = new Set<string>()): string[] {
  if (seen.has(file.href)) return [];
  seen.add(file.href);
  const code = readFileSync(file, 'utf8');
  return [...code.matchAll(/^(?:import|export) (?:.* from )?"([^"]+)";$/gm)].flatMap(([, id]) =>
    id!.startsWith('.') ? importedBy(new URL(id!, file), seen) : [id!],
  );
}
