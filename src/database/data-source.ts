import pg from 'pg';
import { DataSource, type EntitySchema } from 'typeorm';
import { InitialSchema1760000000000 } from './migrations/1760000000000-initial-schema.js';

type Entity = (new () => object) | EntitySchema;

/** PostgreSQL gives up before the caller does. In milliseconds. */
const TIMEOUTS = {
  connectionTimeoutMillis: 1_000,
  statement_timeout: 5_000,
  lock_timeout: 2_000,
  idle_in_transaction_session_timeout: 10_000,
} as const;

/** A process's own data source: pooled and pipelined, so that statements of one transaction share round trips. */
export function processDataSource(options: {
  readonly url: string;
  readonly poolSize: number;
  readonly applicationName: string;
  readonly entities: readonly Entity[];
  /** Whether a commit waits for the disk; it does unless told otherwise. */
  readonly durable?: boolean;
}): DataSource {
  return new DataSource({
    type: 'postgres',
    driver: pg,
    url: options.url,
    applicationName: options.applicationName,
    entities: [...options.entities],
    extra: {
      ...TIMEOUTS,
      max: options.poolSize,
      pipeline: true,
      keepAlive: true,
      ...((options.durable ?? true) ? {} : { options: '-c synchronous_commit=off' }),
    },
  });
}

/** The owner's data source, for migrations alone. */
export function migrationDataSource(url: string): DataSource {
  return new DataSource({
    type: 'postgres',
    driver: pg,
    url,
    applicationName: 'acs-migrate',
    migrations: [InitialSchema1760000000000],
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
  });
}
