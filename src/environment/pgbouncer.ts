import type { Variables } from './variables.js';

/**
 * What a PostgreSQL URL says about a PgBouncer in transaction mode on the way, by its parameter `pgbouncer`: `true`,
 * or `prepared` for one that keeps prepared statements (1.21 or newer, `max_prepared_statements` above 0).
 */
export type PgBouncer = 'true' | 'prepared';

export const PGBOUNCER_VALUES: readonly PgBouncer[] = ['true', 'prepared'];

/** Undefined where sessions reach PostgreSQL itself. The URL was checked when the environment was read. */
export function pgbouncerOf(databaseUrl: string): PgBouncer | undefined {
  const value = /[?&]pgbouncer=([^&#]*)/.exec(databaseUrl)?.[1];
  return PGBOUNCER_VALUES.find((known) => known === value);
}

/**
 * The URL for counters that many requests share. A request waits for them while it holds a connection: in one pool
 * they could all wait for each other. So behind a PgBouncer it has another entry for the same database, `counters`.
 */
export function countersUrlOf(databaseUrl: string): string {
  const entry = countersEntryOf(databaseUrl);
  return entry === undefined ? databaseUrl : databaseUrl.replace(/^([^?]*\/)[^/?]*/, `$1${entry}`);
}

/** For the API: reports a URL that leads through a PgBouncer without saying where the counters go. */
export function requireCountersEntry(variables: Variables, databaseUrl: string): void {
  if (pgbouncerOf(databaseUrl) === undefined || countersEntryOf(databaseUrl) !== undefined) return;
  variables.report(
    'DATABASE_URL',
    'has pgbouncer; it must also have, as counters, the name of a second entry of PgBouncer for the same database',
  );
}

function countersEntryOf(databaseUrl: string): string | undefined {
  if (pgbouncerOf(databaseUrl) === undefined) return undefined;
  return /[?&]counters=([^&#]+)/.exec(databaseUrl)?.[1];
}
