import type { DataSource } from 'typeorm';
import { processDataSource } from '../database/data-source.js';
import { PgTransactor } from '../database/pg-transactor.js';
import { assertSafeRole } from '../database/safe-role.js';
import { readDatabase } from '../environment/process-environment.js';
import { Variables } from '../environment/variables.js';
import { EnvironmentError } from '../environment/environment-error.js';
import type { Transactor } from '../shared/transactor.js';

/** A data source of one connection, not opened yet. */
export function commandDataSource(url: string): DataSource {
  return processDataSource({ url, poolSize: 1, applicationName: 'acs-cli', entities: [] });
}

/**
 * Runs work on the database of `DATABASE_URL`. Throws `EnvironmentError` when that is not set, and `StartRefused`
 * for a role that row-level security does not bind.
 */
export async function withTransactor<T>(
  env: NodeJS.ProcessEnv,
  work: (transactor: Transactor) => Promise<T>,
): Promise<T> {
  const variables = new Variables(env);
  const { databaseUrl } = readDatabase(variables);
  if (variables.findings.length > 0) throw new EnvironmentError(variables.findings);
  const dataSource = commandDataSource(databaseUrl);
  await dataSource.initialize();
  try {
    await assertSafeRole(dataSource);
    return await work(new PgTransactor(dataSource));
  } finally {
    await dataSource.destroy();
  }
}
