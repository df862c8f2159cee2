import { Logger, type Provider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Periodic } from './periodic.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** In days. */
const PARTITIONS_AHEAD = 14;
const RETENTION = { challenges: 30, deliveries: 7, audit: 400 } as const;
const PURGE_BATCH = 1_000;

const log = new Logger('Maintenance');

/** What keeps the tables in shape for as long as the worker runs. */
export const MAINTENANCE: readonly Provider[] = [
  {
    provide: 'partitions',
    inject: [DataSource],
    useFactory: (dataSource: DataSource) =>
      new Periodic('the upkeep of partitions', HOUR_MS, () => keepPartitions(dataSource)),
  },
  {
    provide: 'purge',
    inject: [DataSource],
    useFactory: (dataSource: DataSource) =>
      new Periodic('the purge of what has expired', MINUTE_MS, (stopping) =>
        purgeExpired(dataSource, stopping),
      ),
  },
];

/**
 * Raises the alarm about rows that found no partition, makes partitions ahead, and drops those past their retention.
 * The alarm comes first: such rows keep the partitions that they belong to from being made.
 */
export async function keepPartitions(dataSource: DataSource): Promise<void> {
  await eachByItself([
    ['the look for rows without a partition', () => findStrays(dataSource)],
    ['making partitions ahead', () => makePartitions(dataSource)],
    ['dropping old partitions', () => dropPartitions(dataSource)],
  ]);
}

/** Removes, batch by batch, keys and counters whose time is over, and challenges that their tenant keeps no longer. */
export async function purgeExpired(dataSource: DataSource, stopping: AbortSignal): Promise<void> {
  await eachByItself([
    [
      'the purge of keys and counters',
      () => inBatches(stopping, () => purge(dataSource, 'purge_expired($1)', [PURGE_BATCH])),
    ],
    [
      'the purge of ended challenges',
      () =>
        inBatches(stopping, () =>
          purge(dataSource, 'purge_ended_challenges($1, $2)', [RETENTION.challenges, PURGE_BATCH]),
        ),
    ],
  ]);
}

/** One that fails is logged and keeps none of the others from being done. */
async function eachByItself(
  steps: readonly (readonly [name: string, step: () => Promise<void>])[],
): Promise<void> {
  for (const [name, step] of steps) {
    await step().catch((error: unknown) => {
      log.error(`Failed: ${name}`, error);
    });
  }
}

async function findStrays(dataSource: DataSource): Promise<void> {
  const [stray] = await dataSource.query<{ rows: string }[]>('SELECT default_partition_rows() AS rows');
  if (stray && stray.rows !== '0')
    log.error(`${stray.rows} rows lie in default partitions: partitions were not made ahead in time`);
}

async function makePartitions(dataSource: DataSource): Promise<void> {
  await dataSource.query('SELECT ensure_partitions($1)', [PARTITIONS_AHEAD]);
}

async function dropPartitions(dataSource: DataSource): Promise<void> {
  // A partition holds the challenges of every tenant: it stays as long as the one that keeps them longest wants.
  const [dropped] = await dataSource.query<{ names: string[] }[]>(
    'SELECT drop_partitions(longest_challenge_retention($1), $2, $3) AS names',
    [RETENTION.challenges, RETENTION.deliveries, RETENTION.audit],
  );
  if (dropped && dropped.names.length > 0) log.log(`Dropped partitions: ${dropped.names.join(', ')}`);
}

async function inBatches(stopping: AbortSignal, batch: () => Promise<number>): Promise<void> {
  while (!stopping.aborted && (await batch()) >= PURGE_BATCH) {
    // A full batch: there is more.
  }
}

async function purge(dataSource: DataSource, call: string, values: readonly number[]): Promise<number> {
  const [row] = await dataSource.query<{ purged: number }[]>(`SELECT ${call} AS purged`, [...values]);
  return row?.purged ?? 0;
}
