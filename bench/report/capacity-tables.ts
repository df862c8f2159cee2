import { costsOf, type Measurements, storageOfRows } from '../capacity/measured.js';
import { needsOf, storageOf } from '../capacity/model.js';
import { simulate } from '../capacity/simulate.js';
import { figure, percent, table } from './table.js';

const RATES = [10, 100, 500, 1_000, 5_000];
const TENANTS = [1, 100, 10_000];
const DAY_SECONDS = 86_400;
/** Of the simulated day, on average. */
const SIMULATED_PER_SECOND = 100;

/** What rates of challenges need, and what a day of skewed tenants makes of the mean. */
export function capacityTables(measurements: Measurements): string {
  const costs = costsOf(measurements);
  const storage = storageOfRows(measurements);
  const needs = table(
    [
      'challenges/s',
      'API cores',
      'worker cores',
      'PostgreSQL cores',
      'flushes/s',
      'WAL MiB/s',
      'GiB/day',
      'GiB kept',
    ],
    RATES.map((rate) => {
      const { apiCores, workerCores, databaseCores, flushesPerSecond, walMiBPerSecond } = needsOf(
        rate,
        costs,
      );
      const { perDayGiB, totalGiB } = storageOf(rate * DAY_SECONDS, storage);
      return [
        rate,
        apiCores,
        workerCores,
        databaseCores,
        flushesPerSecond,
        walMiBPerSecond,
        perDayGiB,
        totalGiB,
      ].map(figure);
    }),
  );
  const days = table(
    [
      'tenants',
      'mean/s',
      '99 % of minutes/s',
      'peak/s',
      'API cores at the peak',
      'PostgreSQL cores',
      'largest tenant',
      'refused by its limit',
      'busiest of 2',
      'of 4',
      'of 16 shards',
    ],
    TENANTS.map((count) => {
      const day = simulate(count, SIMULATED_PER_SECOND * DAY_SECONDS);
      const { apiCores, databaseCores } = needsOf(day.peakPerSecond, costs);
      return [
        String(count),
        figure(day.meanPerSecond),
        figure(day.p99PerSecond),
        figure(day.peakPerSecond),
        figure(apiCores),
        figure(databaseCores),
        percent(day.largestTenantShare),
        percent(day.refusedByTenantLimit / (day.refusedByTenantLimit + day.challengesPerDay)),
        ...[2, 4, 16].map((shards) => `${figure(day.largestShard[shards])} ×`),
      ];
    }),
  );
  return `${needs}\n\n${days}`;
}
