import { setFlagsFromString } from 'node:v8';
import { EnvironmentError } from '../environment/environment-error.js';
import { LOG_LEVELS } from '../environment/process-environment.js';
import { StartRefused } from '../shared/start-refused.js';
import { JsonLogger } from './json-logger.js';

type Cause = NodeJS.ErrnoException & { readonly address?: string; readonly port?: number };

/** Why a start failed, in words an operator can act on, for the causes that are not defects; `key` names the database. */
const SYSTEM_CAUSES: Readonly<Record<string, (cause: Cause, key: string) => string>> = {
  EADDRINUSE: ({ address, port }) =>
    `${address ?? ''}:${port ?? ''} is already in use. Set PORT to a free port, or 0 to have one picked.`,
  EACCES: ({ address, port }) =>
    `The process may not listen on ${address ?? ''}:${port ?? ''}. Set PORT to another port.`,
  ECONNREFUSED: ({ address, port }, key) =>
    `The database at ${address ?? 'its host'}:${port ?? ''} refused the connection. Is it running, and does ${key} name it?`,
  ENOTFOUND: (_cause, key) => `The host of the database could not be found. Correct ${key}.`,
  '28P01': (_cause, key) => `The database refused the password of ${key}.`,
  '28000': (_cause, key) => `The database refused the role of ${key}.`,
  '3D000': (_cause, key) => `The database that ${key} names does not exist.`,
};

/**
 * How much of garbage the heap may hold between two full collections, in per cent of what lives in it. By itself V8 lets
 * a busy process hold three times what it uses, to save it some two milliseconds of CPU a second.
 */
const HEAP_GROWING_PERCENT = 100;

/** Runs a process's start; a failure is one clear message and exit code 1. */
export async function runProcess(name: string, start: (log: JsonLogger) => Promise<void>): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
  const level = process.env['LOG_LEVEL'] ?? '';
  // A level that is none is among the findings of the environment, which need a log to be told.
  const log = new JsonLogger(name, LOG_LEVELS.includes(level) ? level : 'info');
  try {
    await start(log);
  } catch (error) {
    log.fatal(explain(error, name === 'migrate' ? 'MIGRATION_DATABASE_URL' : 'DATABASE_URL'));
    process.exit(1);
  }
}

function explain(error: unknown, databaseKey: string): unknown {
  if (error instanceof EnvironmentError || error instanceof StartRefused) return error.message;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = (first as NodeJS.ErrnoException | undefined)?.code;
  const told = code === undefined ? undefined : SYSTEM_CAUSES[code];
  return told ? told(first as Cause, databaseKey) : first;
}
