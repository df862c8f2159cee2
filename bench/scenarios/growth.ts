import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { processDataSource } from '../../src/database/data-source.js';
import { keepPartitions } from '../../src/delivery/worker/maintenance.js';
import { History, type TableSize, tableSizes } from '../growth/fill.js';
import type { LoadJob } from '../load/protocol.js';
import { freshRig, type Rig } from '../rig/rig.js';
import { median } from '../statistics.js';
import { runLoad } from './measure.js';
import { createJob, sourceOf } from './rates.js';

const FEW = 10_000;

export interface GrowthResult {
  readonly rows: { readonly few: number; readonly many: number };
  /** 99th percentiles in ms at the same fixed rate. */
  readonly create: Compared;
  readonly answer: Compared;
  readonly sizes: readonly TableSize[];
  /** The upkeep that drops a day, under creates at the same rate. */
  readonly drop: { readonly ms: number; readonly failed: number; readonly slowestCreateMs: number };
}

export interface Compared {
  readonly perSecond: number;
  readonly fewP99Ms: number;
  readonly manyP99Ms: number;
}

/** Compares creates and answers on a few stored challenges with those on many, then has a day dropped under load. */
export async function measureGrowth(given: Rig): Promise<GrowthResult> {
  const rig = await freshRig(given);
  const { rows } = rig.options;
  const history = new History(rig.client, rig.stock.templateId);
  await history.prepare();
  await history.growTo(FEW, rig.say);
  const rates = { create: await halfOfPeak(rig, 'create'), answer: await halfOfPeak(rig, 'answer') };
  const few = {
    create: await p99(rig, 'create', rates.create),
    answer: await p99(rig, 'answer', rates.answer),
  };
  await history.growTo(rows, rig.say);
  const many = {
    create: await p99(rig, 'create', rates.create),
    answer: await p99(rig, 'answer', rates.answer),
  };
  const compared = (kind: 'create' | 'answer'): Compared => ({
    perSecond: rates[kind],
    fewP99Ms: few[kind],
    manyP99Ms: many[kind],
  });
  return {
    rows: { few: FEW, many: rows },
    create: compared('create'),
    answer: compared('answer'),
    sizes: await tableSizes(rig.client),
    drop: await dropUnderLoad(rig, rates.create),
  };
}

async function halfOfPeak(rig: Rig, kind: 'create' | 'answer'): Promise<number> {
  const seconds = rig.options.warmUpSeconds;
  const { answered, seconds: taken } = await runLoad(rig, await jobOf(rig, kind, 2_500, seconds));
  return Math.max(1, answered / taken / 2);
}

async function p99(rig: Rig, kind: 'create' | 'answer', rate: number): Promise<number> {
  const { runs, seconds, warmUpSeconds } = rig.options;
  const figures: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const length = run === 0 ? warmUpSeconds : seconds;
    const result = await runLoad(rig, { ...(await jobOf(rig, kind, rate, length)), rate });
    if (run > 0) figures.push(result.latency.p99);
  }
  return median(figures);
}

async function jobOf(rig: Rig, kind: 'create' | 'answer', rate: number, seconds: number): Promise<LoadJob> {
  const source = await sourceOf(rig, kind, Math.ceil(rate * seconds * 1.2));
  return { ...createJob(rig, seconds), connections: 4 * rig.options.connections, source };
}

/** The worker's own upkeep, as its own role, while creates go on. */
async function dropUnderLoad(rig: Rig, rate: number): Promise<GrowthResult['drop']> {
  const seconds = Math.max(4, rig.options.seconds);
  const upkeep = processDataSource({
    url: rig.database.workerUrl,
    poolSize: 1,
    applicationName: 'acs-bench',
    entities: [],
  });
  await upkeep.initialize();
  Logger.overrideLogger(false);
  try {
    const load = runLoad(rig, { ...createJob(rig, seconds), connections: 4 * rig.options.connections, rate });
    await delay(1_000 * Math.min(2, seconds / 2));
    const from = performance.now();
    await keepPartitions(upkeep);
    const ms = performance.now() - from;
    const { unexpected, latency } = await load;
    const failed = Object.values(unexpected).reduce((sum, count) => sum + count, 0);
    return { ms, failed, slowestCreateMs: latency.max };
  } finally {
    await upkeep.destroy();
  }
}
