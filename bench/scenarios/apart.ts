import type { Child } from '../../scripts/quickstart/child.js';
import type { Sink } from '../delivery/sink.js';
import type { RedisServer } from '../rig/redis.js';
import type { Rig } from '../rig/rig.js';
import { median } from '../statistics.js';
import { runLoad } from './measure.js';
import { createJob } from './rates.js';

/** 99th percentiles of creates, in ms, at a fixed rate: what becomes of the API when delivery is in trouble. */
export interface ApartResult {
  readonly perSecond: number;
  readonly calmMs: number;
  readonly providersHangMs: number;
  /** Undefined where there is no Redis that may be stopped. */
  readonly withoutRedisMs: number | undefined;
  /** Creates that were not answered with a challenge, in all of it. */
  readonly failed: number;
}

/** Measures creates beside a worker that delivers, one whose every provider hangs, and one that has lost its Redis. */
export async function measureApart(
  rig: Rig,
  rate: number,
  worker: Child,
  sink: Sink,
  redis: RedisServer | undefined,
): Promise<ApartResult> {
  let failed = 0;
  const p99 = async (): Promise<number> => {
    const figures: number[] = [];
    for (let run = 0; run < rig.options.runs; run += 1) {
      const job = { ...createJob(rig, rig.options.seconds), rate };
      const { latency, unexpected } = await runLoad(rig, job, worker);
      failed += Object.values(unexpected).reduce((sum, count) => sum + count, 0);
      figures.push(latency.p99);
    }
    return median(figures);
  };
  const calmMs = await p99();
  sink.hang(true);
  const providersHangMs = await p99();
  sink.hang(false);
  // What piled up goes out first.
  await sink.take(Infinity, 5_000);
  await redis?.stop?.();
  const withoutRedisMs = redis?.stop && (await p99());
  return { perSecond: rate, calmMs, providersHangMs, withoutRedisMs, failed };
}
