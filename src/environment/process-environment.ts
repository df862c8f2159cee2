import type { ProcessEnvironment } from './environment.js';
import { readDatabaseUrl, readOtlpEndpoint } from './network.js';
import { type Members, present, type Variables } from './variables.js';

export const LOG_LEVELS: readonly string[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** What every process reads. */
export function readProcess(variables: Variables): Members<ProcessEnvironment> {
  return {
    production: variables.production,
    logLevel: variables.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    ...present({ otlpEndpoint: readOtlpEndpoint(variables) }),
  };
}

/** `DATABASE_URL` and `DATABASE_POOL_SIZE`, which the API and the worker read. */
export function readDatabase(variables: Variables): {
  readonly databaseUrl: string;
  readonly databasePoolSize: number;
} {
  return {
    databaseUrl: readDatabaseUrl(variables, 'DATABASE_URL'),
    databasePoolSize: variables.integer('DATABASE_POOL_SIZE', { fallback: 20, min: 1, max: 500 }),
  };
}
