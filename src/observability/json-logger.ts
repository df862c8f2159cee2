import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { tracer } from './tracing.js';

type NestLevel = 'log' | 'error' | 'warn' | 'debug' | 'verbose' | 'fatal';

const LEVELS = {
  log: 'info',
  error: 'error',
  warn: 'warn',
  debug: 'debug',
  verbose: 'trace',
  fatal: 'fatal',
} as const satisfies Record<NestLevel, string>;

/** What Nest tells of its own start is of use to nobody who runs the service. */
const FRAMEWORK_CONTEXTS: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest tells of a failed start before it throws; whoever started it tells it once more, in words to act on. */
const START_FAILURE_CONTEXTS: ReadonlySet<unknown> = new Set(['ExceptionHandler', 'NestApplication']);

/** Nest's logger as one JSON object a line on standard output (pino). Callers pass no secret and no recipient. */
export class JsonLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(process: string, level: string) {
    this.pino = pino({
      level,
      base: { process, pid: globalThis.process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
    });
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write(FRAMEWORK_CONTEXTS.has(rest.at(-1)) ? 'debug' : 'log', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write(START_FAILURE_CONTEXTS.has(rest.at(-1)) ? 'debug' : 'error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('verbose', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the context last, and for errors the stack before it. */
  private write(level: NestLevel, message: unknown, rest: unknown[]): void {
    const context = typeof rest.at(-1) === 'string' ? rest.at(-1) : undefined;
    const [extra] = rest.length > (context === undefined ? 0 : 1) ? rest : [];
    const span = tracer()?.current;
    const fields = {
      ...(span ? { trace_id: span.traceId, span_id: span.spanId } : {}),
      ...(context === undefined ? {} : { context }),
      ...(message instanceof Error ? { err: message } : {}),
      ...(extra === undefined ? {} : extra instanceof Error ? { err: extra } : { extra }),
      ...(isRecord(message) ? message : {}),
    };
    // A record has its own `msg`: given a second time it would be there twice, and what reads logs may refuse the line.
    if (isRecord(message)) this.pino[LEVELS[level]](fields);
    else this.pino[LEVELS[level]](fields, message instanceof Error ? message.message : String(message));
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Error);
}
