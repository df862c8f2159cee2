import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { DataSource, type EntitySchema } from 'typeorm';
import { isDatabaseBusy } from './database-errors.js';
import { InitialSchema1760000000000 } from './migrations/1760000000000-initial-schema.js';
import { DeliveryReceipt1760000200000 } from './migrations/1760000200000-delivery-receipt.js';
import { AttemptsInFlight1760000100000 } from './migrations/1760000100000-attempts-in-flight.js';
import { KeysAndErasure1760000400000 } from './migrations/1760000400000-keys-and-erasure.js';
import { FairClaims1760000500000 } from './migrations/1760000500000-fair-claims.js';

type Entity = (new () => object) | EntitySchema;

/** PostgreSQL gives up before the caller does. In milliseconds. */
const TIMEOUTS = {
  connectionTimeoutMillis: 3_000,
  // For what PostgreSQL sets no time: a COMMIT, and a server or a network that has fallen silent. Ends the session.
  query_timeout: 8_000,
  statement_timeout: 5_000,
  lock_timeout: 2_000,
  idle_in_transaction_session_timeout: 10_000,
} as const;

export interface ProcessDataSourceOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly applicationName: string;
  readonly entities: readonly Entity[];
  /** Whether a commit waits for the disk; it does unless told otherwise. */
  readonly durable?: boolean;
}

/** In milliseconds: how long a start waits for a server that is there but not ready. */
const READY_WITHIN_MS = 30_000;
const NEXT_TRY_MS = 500;

/** Opens a process's data source. A server that starts up, is full or slow gets half a minute; one that refuses, none. */
export async function openDataSource(options: ProcessDataSourceOptions): Promise<DataSource> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      return await processDataSource(options).initialize();
    } catch (error) {
      if (!isDatabaseBusy(error) || Date.now() > deadline) throw error;
      new Logger('Database').warn(`Not ready, trying again: ${error.message}`);
      await delay(NEXT_TRY_MS);
    }
  }
}

/** A process's own data source: pooled and pipelined, so that statements of one transaction share round trips. */
export function processDataSource(options: ProcessDataSourceOptions): DataSource {
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
      options: [
        // The hot tables are partitioned: planning for each set of values costs several times what pruning at run time does.
        '-c plan_cache_mode=force_generic_plan',
        // A plan that is kept may be from when a day's partition was empty: reading it whole must not look cheap then.
        '-c enable_seqscan=off',
        // What has to read a table whole all the same then looks so dear that it would be compiled, for seconds.
        '-c jit=off',
        ...((options.durable ?? true) ? [] : ['-c synchronous_commit=off']),
      ].join(' '),
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
    migrations: [
      InitialSchema1760000000000,
      AttemptsInFlight1760000100000,
      DeliveryReceipt1760000200000,
      KeysAndErasure1760000400000,
      FairClaims1760000500000,
    ],
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
  });
}
