import { EnvironmentError } from '../environment/environment-error.js';
import { StartRefused } from '../shared/start-refused.js';
import { isLogLevel, JsonLogger } from './json-logger.js';

/** Why a start failed, in words an operator can act on, for the causes that are not defects. */
const SYSTEM_CAUSES: Readonly<
  Record<string, (error: NodeJS.ErrnoException & { address?: string; port?: number }) => string>
> = {
  EADDRINUSE: ({ address, port }) =>
    `${address ?? ''}:${port ?? ''} is already in use. Set PORT to a free port, or 0 to have one picked.`,
  EACCES: ({ address, port }) =>
    `The process may not listen on ${address ?? ''}:${port ?? ''}. Set PORT to another port.`,
  ECONNREFUSED: ({ address, port }) =>
    `The database at ${address ?? 'its host'}:${port ?? ''} refused the connection. Is it running, and does DATABASE_URL name it?`,
  ENOTFOUND: () => 'The host of the database could not be found. Correct DATABASE_URL.',
  '28P01': () => 'The database refused the password of DATABASE_URL.',
  '28000': () => 'The database refused the role of DATABASE_URL.',
  '3D000': () => 'The database that DATABASE_URL names does not exist.',
};

/** Runs a process's start; a failure is one clear message and exit code 1. */
export async function runProcess(name: string, start: (log: JsonLogger) => Promise<void>): Promise<void> {
  const level = process.env['LOG_LEVEL'] ?? '';
  // A level that is none is among the findings of the environment, which need a log to be told.
  const log = new JsonLogger(name, isLogLevel(level) ? level : 'info');
  try {
    await start(log);
  } catch (error) {
    log.fatal(explain(error));
    process.exitCode = 1;
    process.exit();
  }
}

function explain(error: unknown): unknown {
  if (error instanceof EnvironmentError || error instanceof StartRefused) return error.message;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = (first as NodeJS.ErrnoException | undefined)?.code;
  const told = code === undefined ? undefined : SYSTEM_CAUSES[code];
  return told ? told(first as NodeJS.ErrnoException) : first;
}
