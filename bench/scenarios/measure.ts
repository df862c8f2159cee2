import type { Child } from '../../scripts/quickstart/child.js';
import type { LoadJob, LoadResult } from '../load/protocol.js';
import type { Rig } from '../rig/rig.js';
import { databaseUsage, usageOf } from '../rig/usage.js';
import { median, spread } from '../statistics.js';

/** Runs of one thing: the median of each figure. */
export interface Measured {
  /** Answered as expected, per second. */
  readonly perSecond: number;
  /** Range of the runs over their median. */
  readonly spread: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly unexpected: Readonly<Record<string, number>>;
  readonly cpuMsPerRequest?: number;
  readonly rssMiB?: number;
  readonly databaseCpuMsPerRequest?: number;
  readonly walKiBPerRequest?: number;
}

/** A run, with what the process under load used meanwhile. */
export interface Run extends LoadResult {
  readonly cpuMsPerRequest?: number;
  readonly rssMiB?: number;
  readonly databaseCpuMsPerRequest?: number;
  readonly walKiBPerRequest?: number;
}

export async function runLoad({ client, load }: Rig, job: LoadJob, child?: Child): Promise<Run> {
  // Each run writes its own full pages and finds no checkpoint of another under way.
  await client.query('CHECKPOINT');
  const before = child && usageOf(child.pid);
  const databaseBefore = child && (await databaseUsage(client));
  const result = await load.run(job);
  if (child?.exitCode !== undefined) throw new Error(child.describeEnd(child.exitCode));
  const after = child && usageOf(child.pid);
  const databaseAfter = child && (await databaseUsage(client));
  const requests = Math.max(1, result.answered);
  return {
    ...result,
    ...(before && after
      ? { cpuMsPerRequest: (after.cpuMs - before.cpuMs) / requests, rssMiB: after.rssMiB }
      : {}),
    ...(databaseBefore && databaseAfter
      ? {
          databaseCpuMsPerRequest: (databaseAfter.cpuMs - databaseBefore.cpuMs) / requests,
          walKiBPerRequest: (databaseAfter.walBytes - databaseBefore.walBytes) / 1_024 / requests,
        }
      : {}),
  };
}

export function summary(runs: readonly Run[]): Measured {
  const rates = runs.map(({ answered, seconds }) => answered / seconds);
  const unexpected: Record<string, number> = {};
  for (const run of runs)
    for (const [outcome, count] of Object.entries(run.unexpected))
      unexpected[outcome] = (unexpected[outcome] ?? 0) + count;
  const figures = (of: (run: Run) => number | undefined): number[] => runs.flatMap((run) => of(run) ?? []);
  const cpu = figures(({ cpuMsPerRequest }) => cpuMsPerRequest);
  const rss = figures(({ rssMiB }) => rssMiB);
  const databaseCpu = figures(({ databaseCpuMsPerRequest }) => databaseCpuMsPerRequest);
  const wal = figures(({ walKiBPerRequest }) => walKiBPerRequest);
  return {
    perSecond: median(rates),
    spread: spread(rates),
    p50Ms: median(runs.map(({ latency }) => latency.p50)),
    p99Ms: median(runs.map(({ latency }) => latency.p99)),
    unexpected,
    ...(cpu.length > 0 ? { cpuMsPerRequest: median(cpu) } : {}),
    ...(rss.length > 0 ? { rssMiB: Math.max(...rss) } : {}),
    ...(databaseCpu.length > 0 ? { databaseCpuMsPerRequest: median(databaseCpu) } : {}),
    ...(wal.length > 0 ? { walKiBPerRequest: median(wal) } : {}),
  };
}
