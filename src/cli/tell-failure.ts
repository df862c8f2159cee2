import { EnvironmentError } from '../environment/environment-error.js';
import { AppError } from '../shared/app-error.js';
import { StartRefused } from '../shared/start-refused.js';
import { databaseFault } from './database-fault.js';
import { CommandFailed } from './failures.js';

/** What to print about a failure: a sentence for those that can be put right, the stack for defects. */
export function tellFailure(error: unknown): string {
  if (
    error instanceof CommandFailed ||
    error instanceof EnvironmentError ||
    error instanceof StartRefused ||
    (error instanceof AppError && error.code !== 'unavailable')
  )
    return error.message;
  const fault = databaseFault(error instanceof AppError ? error.cause : error);
  if (fault !== undefined) return `DATABASE_URL: ${fault}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
