import type { Child } from '../../scripts/quickstart/child.js';
import type { MailerOptions } from '../delivery/mailer-process.js';
import type { Arrivals } from '../delivery/sink-process.js';
import { Sink } from '../delivery/sink.js';
import { startNodeProcess } from '../rig/node-process.js';
import { redisServer } from '../rig/redis.js';
import { freshRig, type Rig } from '../rig/rig.js';
import { databaseUsage, usageOf } from '../rig/usage.js';
import { median, percentiles, spread } from '../statistics.js';
import { runLoad } from './measure.js';
import { type ApartResult, measureApart } from './apart.js';
import { createJob } from './rates.js';

export interface DeliveryResult {
  /** How claimed deliveries reach the processor. */
  readonly by: 'direct' | 'Bull';
  readonly perSecond: number;
  readonly spread: number;
  readonly mailerPerSecond: number;
  readonly mailerSpread: number;
  readonly cpuMsPerMessage: number | undefined;
  readonly rssMiB: number | undefined;
  readonly databaseCpuMsPerMessage: number | undefined;
  readonly walKiBPerMessage: number | undefined;
  /** Created and not handed over. */
  readonly missing: number;
  /** From the answer of a create to the sink's, at a fixed rate. */
  readonly handOff: { readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number };
}

const CONNECTIONS = 5;
const HAND_OFF_RATE = 200;
/** The part of a run that is left out, in which processes warm up. */
const WARM_UP_SHARE = 0.2;
/** How many times longer than a run creates pile up: what is compiled as it goes takes a worker thousands of messages. */
const BACKLOG_RUNS = 6;

export interface DeliveryResults {
  readonly ways: readonly DeliveryResult[];
  readonly apart: ApartResult;
}

/** Measures how fast a backlog is handed to a local SMTP sink, beside a bare nodemailer pool, how long one message takes, and what creates feel of it all. */
export async function measureDelivery(given: Rig): Promise<DeliveryResults> {
  const rig = await freshRig(given);
  const sink = await Sink.start(rig.belongings);
  const redis = await redisServer(rig.belongings, rig.say);
  const ways = [await measure(rig, sink, undefined)];
  if (redis === undefined) rig.say('Without Redis: delivery through Bull is left out.');
  else ways.push(await measure(rig, sink, redis.url));
  const worker = await startWorker(rig, sink, redis?.url);
  const apart = await measureApart(rig, HAND_OFF_RATE, worker, sink, redis);
  await worker.stop(27_000);
  return { ways, apart };
}

async function measure(rig: Rig, sink: Sink, redisUrl: string | undefined): Promise<DeliveryResult> {
  const runs = [];
  // Each run starts a worker anew.
  for (let run = 0; run < (rig.options.quick ? 1 : rig.options.runs); run += 1)
    runs.push(await backlog(rig, sink, redisUrl));
  const rates = runs.map(({ perSecond }) => perSecond);
  const mailerRates = runs.map(({ mailerPerSecond }) => mailerPerSecond);
  const cpu = runs.flatMap(({ cpuMsPerMessage }) => cpuMsPerMessage ?? []);
  const rss = runs.flatMap(({ rssMiB }) => rssMiB ?? []);
  const databaseCpu = runs.flatMap(({ databaseCpuMsPerMessage }) => databaseCpuMsPerMessage ?? []);
  const wal = runs.flatMap(({ walKiBPerMessage }) => walKiBPerMessage ?? []);
  return {
    by: redisUrl === undefined ? 'direct' : 'Bull',
    perSecond: median(rates),
    spread: spread(rates),
    mailerPerSecond: median(mailerRates),
    mailerSpread: spread(mailerRates),
    cpuMsPerMessage: cpu.length > 0 ? median(cpu) : undefined,
    rssMiB: rss.length > 0 ? Math.max(...rss) : undefined,
    databaseCpuMsPerMessage: databaseCpu.length > 0 ? median(databaseCpu) : undefined,
    walKiBPerMessage: wal.length > 0 ? median(wal) : undefined,
    missing: runs.reduce((sum, { missing }) => sum + missing, 0),
    handOff: await handOff(rig, sink, redisUrl),
  };
}

type BacklogRun = Omit<DeliveryResult, 'by' | 'spread' | 'mailerSpread' | 'handOff'>;

/** Lets creates pile up without a worker, then starts one. */
async function backlog(rig: Rig, sink: Sink, redisUrl: string | undefined): Promise<BacklogRun> {
  const { answered } = await runLoad(rig, createJob(rig, BACKLOG_RUNS * rig.options.seconds));
  const before = await databaseUsage(rig.client);
  const worker = await startWorker(rig, sink, redisUrl);
  const arrivals = await sink.take(answered);
  const usage = usageOf(worker.pid);
  const after = await databaseUsage(rig.client);
  await worker.stop(27_000);
  const mailer = startMailer(rig, { port: sink.port, connections: CONNECTIONS, messages: answered });
  const mailed = await sink.take(answered);
  await mailer.exited;
  return {
    perSecond: steadyRate(arrivals),
    mailerPerSecond: steadyRate(mailed),
    // Its start is in it, shared by all messages.
    cpuMsPerMessage: usage && usage.cpuMs / answered,
    rssMiB: usage?.rssMiB,
    databaseCpuMsPerMessage: before && after && (after.cpuMs - before.cpuMs) / answered,
    walKiBPerMessage: before && after && (after.walBytes - before.walBytes) / 1_024 / answered,
    missing: answered - Object.keys(arrivals).length,
  };
}

/** Creates at a fixed rate with a worker waiting for them. */
async function handOff(
  rig: Rig,
  sink: Sink,
  redisUrl: string | undefined,
): Promise<DeliveryResult['handOff']> {
  const worker = await startWorker(rig, sink, redisUrl);
  const at = async (rate: number, seconds: number): Promise<number[]> => {
    const job = { ...createJob(rig, seconds), rate, tellTimes: true };
    const { times = {} } = await runLoad(rig, job);
    const arrivals = await sink.take(Object.keys(times).length);
    // One that never came makes the figure infinite.
    return Object.entries(times).map(([recipient, at]) => (arrivals[recipient] ?? Infinity) - at);
  };
  await at(HAND_OFF_RATE / 4, rig.options.warmUpSeconds);
  const seconds = 2 * rig.options.seconds;
  const waits = await at(HAND_OFF_RATE, seconds);
  await worker.stop(27_000);
  const [p50Ms = NaN, p99Ms = NaN] = percentiles(waits, [0.5, 0.99]);
  return { perSecond: waits.length / seconds, p50Ms, p99Ms };
}

async function startWorker(
  { product, database }: Rig,
  sink: Sink,
  redisUrl: string | undefined,
): Promise<Child> {
  return await product.startWorker(database.workerUrl, sink.port, CONNECTIONS, redisUrl);
}

function startMailer({ belongings }: Rig, options: MailerOptions): Child {
  const module = new URL('../delivery/mailer-process.js', import.meta.url);
  return startNodeProcess('nodemailer', module, { MAILER: JSON.stringify(options) }, belongings);
}

/** Messages per second, without those that came while processes warmed up. */
function steadyRate(arrivals: Arrivals): number {
  const times = Object.values(arrivals).sort((one, other) => one - other);
  const steady = times.slice(Math.floor(times.length * WARM_UP_SHARE));
  return ((steady.length - 1) * 1_000) / (steady.at(-1)! - steady[0]!);
}
