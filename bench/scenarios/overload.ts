import { setTimeout as delay } from 'node:timers/promises';
import { Load } from '../rig/load.js';
import { freshRig, type Rig } from '../rig/rig.js';
import { usageOf } from '../rig/usage.js';
import { runLoad } from './measure.js';
import { createJob, sourceOf } from './rates.js';

/** How much more than the peak is asked for. */
const TIMES = 10;
const CONNECTIONS = 1_000;
const ANSWERS_PER_SECOND = 50;
/** Whoever answers has its connections by the time the flood comes, as a service that keeps them does. */
const ANSWERING_CONNECTIONS = 50;
const ANSWERING_BEFORE_SECONDS = 1;
const LOOK_EVERY_MS = 250;
/** Recovered: creates are as quick as so many times before. */
const AS_QUICK = 3;
const LONGEST_RECOVERY_SECONDS = 30;

export interface OverloadResult {
  readonly peakPerSecond: number;
  /** What the generator sent; less than what was asked for where its connections were all taken. */
  readonly offeredPerSecond: number;
  readonly goodPerSecond: number;
  /** What else came, by status; a 429 or 503 without Retry-After apart. */
  readonly refused: Readonly<Record<string, number>>;
  readonly answerP99Ms: number;
  readonly answersRefused: Readonly<Record<string, number>>;
  readonly memory:
    { readonly beforeMiB: number; readonly mostMiB: number; readonly afterMiB: number } | undefined;
  /** Infinity: not within the time it was watched. */
  readonly recoverySeconds: number;
}

/** Asks for ten times as many creates as the service can do, with answers beside, and then watches it recover. */
export async function measureOverload(given: Rig): Promise<OverloadResult> {
  const rig = await freshRig(given);
  const { api, options, belongings, product } = rig;
  const seconds = options.quick ? 6 : 30;
  await runLoad(rig, createJob(rig, options.warmUpSeconds));
  const peak = await runLoad(rig, createJob(rig, options.seconds));
  const peakPerSecond = peak.answered / peak.seconds;
  const probeRate = peakPerSecond / 4;
  const calm = await probe(rig, probeRate);
  const answeringSeconds = ANSWERING_BEFORE_SECONDS + seconds;
  const answers = {
    url: api.url,
    token: product.token(),
    source: await sourceOf(rig, 'answer', ANSWERS_PER_SECOND * answeringSeconds),
    connections: ANSWERING_CONNECTIONS,
    seconds: answeringSeconds,
    rate: ANSWERS_PER_SECOND,
  };
  const beside = await Load.start(belongings);
  const memory = watchMemory(api.child.pid);
  const answering = beside.run(answers);
  await delay(ANSWERING_BEFORE_SECONDS * 1_000);
  const floodEndsAt = performance.now() + 1_000 * seconds;
  const [flood, answered] = await Promise.all([
    runLoad(rig, { ...createJob(rig, seconds), connections: CONNECTIONS, rate: TIMES * peakPerSecond }),
    answering,
  ]);
  const recoverySeconds = await recovery(rig, probeRate, calm, floodEndsAt);
  const refusals = Object.values(flood.unexpected).reduce((sum, count) => sum + count, 0);
  return {
    peakPerSecond,
    offeredPerSecond: (flood.answered + refusals) / flood.seconds,
    goodPerSecond: flood.answered / flood.seconds,
    refused: flood.unexpected,
    answerP99Ms: answered.latency.p99,
    answersRefused: answered.unexpected,
    memory: memory.stop(),
    recoverySeconds,
  };
}

/** The 99th percentile of a second of creates at a modest rate; infinite when one was refused. */
async function probe({ load, ...rig }: Rig, rate: number): Promise<number> {
  const { latency, unexpected } = await load.run({ ...createJob({ load, ...rig }, 1), rate });
  return Object.keys(unexpected).length > 0 ? Infinity : latency.p99;
}

/** From when the flood was over to the first second that is as quick as before it. */
async function recovery(rig: Rig, rate: number, calmP99Ms: number, floodEndedAt: number): Promise<number> {
  const seconds = (): number => (performance.now() - floodEndedAt) / 1_000;
  while (seconds() < LONGEST_RECOVERY_SECONDS) {
    const begun = seconds();
    if ((await probe(rig, rate)) <= AS_QUICK * calmP99Ms) return Math.max(0, begun);
  }
  return Infinity;
}

function watchMemory(pid: number): { stop: () => OverloadResult['memory'] } {
  const samples: number[] = [];
  const look = (): void => {
    const usage = usageOf(pid);
    if (usage) samples.push(usage.rssMiB);
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      const [beforeMiB] = samples;
      const afterMiB = samples.at(-1);
      if (beforeMiB === undefined || afterMiB === undefined) return undefined;
      return { beforeMiB, mostMiB: Math.max(...samples), afterMiB };
    },
  };
}
