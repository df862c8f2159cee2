import { readFileSync } from 'node:fs';
import { UsageError } from '../options.js';
import type { DeliveryResults } from '../scenarios/delivery.js';
import type { GrowthResult } from '../scenarios/growth.js';
import type { RateResult } from '../scenarios/rates.js';
import type { Circumstances } from '../report/machine.js';
import type { Cost, Costs, Storage } from './model.js';

/** What `npm run bench` writes, as far as a capacity is reckoned from it. */
export interface Measurements {
  readonly circumstances: Circumstances;
  readonly rates: readonly RateResult[];
  readonly delivery: DeliveryResults;
  readonly growth: GrowthResult;
}

const NEEDED = ['circumstances', 'rates', 'delivery', 'growth'] as const;
const MAKE =
  'Make them in one run: npm run bench -- create get answer wrong complete delivery growth --json FILE';

/** Rows of the audit trail that a challenge leaves: issued, sent, verified, completed. */
const AUDIT_ROWS = 4;
/** Commits that wait for the disk: an answer takes two transactions, a delivery begins and concludes its attempt. */
const FLUSHES = { create: 1, get: 0, wrong: 2, answer: 2, complete: 1, deliver: 2 } as const;
/** As the service keeps them unless told otherwise. */
const DAYS = { challengeDays: 30, deliveryDays: 7, auditDays: 400 };

/** Throws `UsageError` where the file holds no results, or not all that are needed. */
export function readMeasurements(file: string): Measurements {
  const results = parsed(file);
  const missing = NEEDED.filter((name) => results[name] === undefined);
  if (missing.length > 0) throw new UsageError(`${file} has no results of ${missing.join(', ')}. ${MAKE}`);
  return results as Measurements;
}

function parsed(file: string): Partial<Measurements> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Measurements>;
  } catch (error) {
    throw new UsageError(`${file} holds no results: ${String(error)}`);
  }
}

export function costsOf({ rates, delivery }: Measurements): Costs {
  const request = (step: 'create' | 'get' | 'wrong' | 'answer' | 'complete'): Cost => {
    const { product } = found(rates, ({ scenario }) => scenario === step);
    return {
      apiCpuMs: product.cpuMsPerRequest ?? NaN,
      workerCpuMs: 0,
      databaseCpuMs: product.databaseCpuMsPerRequest ?? NaN,
      walKiB: product.walKiBPerRequest ?? NaN,
      flushes: FLUSHES[step],
    };
  };
  const way = delivery.ways.find(({ by }) => by === 'Bull') ?? found(delivery.ways, () => true);
  return {
    create: request('create'),
    get: request('get'),
    wrong: request('wrong'),
    answer: request('answer'),
    complete: request('complete'),
    deliver: {
      apiCpuMs: 0,
      workerCpuMs: way.cpuMsPerMessage ?? NaN,
      databaseCpuMs: way.databaseCpuMsPerMessage ?? NaN,
      walKiB: way.walKiBPerMessage ?? NaN,
      flushes: FLUSHES.deliver,
    },
  };
}

export function storageOfRows({ growth }: Measurements): Storage {
  const bytes = (name: string): number => {
    const { rows, tableMiB, indexMiB } = found(growth.sizes, ({ table }) => table === name);
    return ((tableMiB + indexMiB) * 2 ** 20) / rows;
  };
  return {
    challengeBytes: bytes('challenge'),
    deliveryBytes: bytes('delivery'),
    auditBytes: AUDIT_ROWS * bytes('audit'),
    ...DAYS,
  };
}

function found<T>(items: readonly T[], is: (item: T) => boolean): T {
  const item = items.find(is);
  if (item === undefined) throw new UsageError(`The results lack something. ${MAKE}`);
  return item;
}
