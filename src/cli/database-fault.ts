import { networkCode, networkFault } from './network-fault.js';

/** SQLSTATE, PostgreSQL documentation, appendix A. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'the database refused the password',
  '28000': 'the database refused the role',
  '3D000': 'the database does not exist',
  '42501': 'the role lacks a privilege; log in as a member of acs_api or acs_worker',
  '42P01': 'a table is missing; run the migrator with MIGRATION_DATABASE_URL',
  '42883': 'a function is missing; run the migrator with MIGRATION_DATABASE_URL',
  '53300': 'the database has no connection left; raise max_connections or lower DATABASE_POOL_SIZE',
  '57014': 'the query took too long; ask for less, such as a shorter time',
  '57P03': 'the database is starting up or shutting down; try again',
};

/** What an error of the database means; undefined when it is not one. The error itself is never quoted. */
export function databaseFault(error: unknown): string | undefined {
  if (error instanceof Error && /timeout exceeded when trying to connect/.test(error.message))
    return 'the database did not answer in time';
  const code = networkCode(error);
  if (code === undefined) return undefined;
  const isSqlState = /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);
  if (isSqlState) return REFUSALS[code] ?? `the database answered with SQLSTATE ${code}`;
  return `the host of the database ${networkFault(error)}`;
}
