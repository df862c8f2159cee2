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
import { NoNeedlessReads1760000700000 } from './migrations/1760000700000-no-needless-reads.js';
import { AttemptsNotMade1760000800000 } from './migrations/1760000800000-attempts-not-made.js';
import { IdempotencyHolder1760000650000 } from './migrations/1760000650000-idempotency-holder.js';
import { pgbouncerOf } from '../environment/pgbouncer.js';
import { ProcessDataSource } from './process-data-source.js';
import { asOptions, sessionSettings } from './session-settings.js';

type Entity = (new () => object) | EntitySchema;

/** How long a statement may take, in milliseconds. */
const STATEMENT_MS = 5_000;
const CONNECT_MS = 3_000;
/** After which a connection is made anew, without the statements that were prepared on it for days gone by. */
const LIFETIME_S = 86_400;
/**
 * How much later than PostgreSQL we give up ourselves, for what it sets no time: a COMMIT, and a server or a network that
 * has fallen silent. Ends the session.
 */
const SILENCE_MS = 3_000;

export interface ProcessDataSourceOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly applicationName: string;
  readonly entities: readonly Entity[];
  /** Whether a commit waits for the disk; it does unless told otherwise. */
  readonly durable?: boolean;
  /** How long a statement may take, in milliseconds: 5 s unless told otherwise. */
  readonly statementMs?: number;
}

/** In milliseconds: how long a start waits for a server that is there but not ready. */
const READY_WITHIN_MS = 30_000;
const NEXT_TRY_MS = 500;

/** Opens a process's data source. A server that starts up, is full or slow gets half a minute; one that refuses, none. */
export async function openDataSource(options: ProcessDataSourceOptions): Promise<ProcessDataSource> {
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

/**
 * A connection whose loss never ends the process: that is what Node does with an `error` nobody listens for, and while a
 * data source starts nobody does. Whoever waits for the connection is told by the failure of the query.
 */
class SteadyClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

/**
 * A process's own data source: pooled and pipelined, so that statements of one transaction share round trips. Behind a
 * PgBouncer in transaction mode sessions are shared as well, so that nothing may be set or kept in one.
 */
export function processDataSource(options: ProcessDataSourceOptions): ProcessDataSource {
  const { url, durable = true, statementMs = STATEMENT_MS } = options;
  const pgbouncer = pgbouncerOf(url);
  const prepares = pgbouncer !== 'true';
  const settings = sessionSettings({ statementMs, durable, prepared: prepares });
  return new ProcessDataSource(
    {
      type: 'postgres',
      driver: pg,
      url,
      applicationName: options.applicationName,
      entities: [...options.entities],
      extra: {
        connectionTimeoutMillis: CONNECT_MS,
        query_timeout: statementMs + SILENCE_MS,
        max: options.poolSize,
        // A new connection costs tens of milliseconds of both sides' CPU, and a burst after a quiet while would want all at once.
        idleTimeoutMillis: 0,
        maxLifetimeSeconds: LIFETIME_S,
        Client: SteadyClient,
        pipeline: true,
        keepAlive: true,
        ...(pgbouncer ? {} : { options: asOptions(settings) }),
      },
    },
    { prepares, perTransaction: pgbouncer ? settings : undefined },
  );
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
      IdempotencyHolder1760000650000,
      NoNeedlessReads1760000700000,
      AttemptsNotMade1760000800000,
    ],
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
  });
}
