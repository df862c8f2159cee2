import type { DataSource } from 'typeorm';
import { processDataSource, type ProcessDataSourceOptions } from '../database/data-source.js';
import { PgTransactor } from '../database/pg-transactor.js';
import type { ProcessDataSource } from '../database/process-data-source.js';
import { assertSafeRole } from '../database/safe-role.js';
import { EnvironmentError } from '../environment/environment-error.js';
import { readDatabaseUrl } from '../environment/network.js';
import { readDatabase } from '../environment/process-environment.js';
import { Variables } from '../environment/variables.js';
import { AppError } from '../shared/app-error.js';
import type { Transactor } from '../shared/transactor.js';
import { databaseFault } from './database-fault.js';
import { CommandFailed } from './failures.js';

/** A data source of one connection, not opened yet. */
export function commandDataSource(url: string, limits: Limits = {}): ProcessDataSource {
  return processDataSource({ url, poolSize: 1, applicationName: 'acs-cli', entities: [], ...limits });
}

/** What a command may need more of than a request. */
type Limits = Pick<ProcessDataSourceOptions, 'statementMs'>;

/**
 * Runs work on the database of `DATABASE_URL`. Throws `EnvironmentError` when that is not set, and `StartRefused`
 * for a role that row-level security does not bind.
 */
export async function withTransactor<T>(
  env: NodeJS.ProcessEnv,
  work: (transactor: Transactor, dataSource: DataSource) => Promise<T>,
  limits: Limits = {},
): Promise<T> {
  const { databaseUrl } = readOrThrow(env, readDatabase);
  const guarded = async (dataSource: ProcessDataSource): Promise<T> => {
    await assertSafeRole(dataSource);
    return work(new PgTransactor(dataSource), dataSource);
  };
  return withDataSource(databaseUrl, guarded, limits);
}

/**
 * Runs work as the owner of the tables, of `MIGRATION_DATABASE_URL`, one tenant at a time. Throws
 * `EnvironmentError` when that is not set, and `CommandFailed` when the database cannot be used.
 */
export async function withOwner<T>(
  env: NodeJS.ProcessEnv,
  work: (transactor: Transactor, dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const url = readOrThrow(env, (variables) => readDatabaseUrl(variables, 'MIGRATION_DATABASE_URL'));
  try {
    return await withDataSource(url, async (dataSource) => {
      await assertOwner(dataSource);
      return work(new PgTransactor(dataSource), dataSource);
    });
  } catch (error) {
    const fault = databaseFault(error instanceof AppError ? error.cause : error);
    if (fault === undefined) throw error;
    throw new CommandFailed(`MIGRATION_DATABASE_URL: ${fault}`);
  }
}

async function assertOwner(dataSource: DataSource): Promise<void> {
  const [table] = await dataSource.query<{ owned: boolean | null }[]>(
    `SELECT pg_has_role(relowner, 'USAGE') AS owned FROM pg_class WHERE relname = 'challenge' AND relkind = 'p'`,
  );
  if (!table)
    throw new CommandFailed('MIGRATION_DATABASE_URL: the database has no schema; run the migrator.');
  if (!table.owned)
    throw new CommandFailed(
      'MIGRATION_DATABASE_URL: the role does not own the tables; use that of the migrator.',
    );
}

/** What a reader makes of the environment; throws `EnvironmentError` with all that is missing or wrong. */
export function readOrThrow<T>(env: NodeJS.ProcessEnv, read: (variables: Variables) => T): T {
  const variables = new Variables(env);
  const value = read(variables);
  if (variables.findings.length > 0) throw new EnvironmentError(variables.findings);
  return value;
}

async function withDataSource<T>(
  url: string,
  work: (dataSource: ProcessDataSource) => Promise<T>,
  limits: Limits = {},
): Promise<T> {
  const dataSource = commandDataSource(url, limits);
  await dataSource.initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}
