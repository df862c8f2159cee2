import type { LoadJob, LoadResult, PlannedRequest, Source } from '../load/protocol.js';
import type { ScriptSets } from '../floor/floor-process.js';
import type { RateScenario } from '../options.js';
import { type PgbenchJob, runPgbench } from '../pgbench/run-pgbench.js';
import { CODE_POLICY, TOKEN_POLICY } from '../rig/product.js';
import type { Rig } from '../rig/rig.js';
import { median, spread } from '../statistics.js';
import { type Measured, type Run, runLoad, summary } from './measure.js';

export interface RateResult {
  readonly scenario: RateScenario;
  readonly product: Measured;
  readonly floor: Measured;
  /** Transactions per second of pgbench, where it is installed and can do the same; median and spread. */
  readonly pgbench?: { readonly perSecond: number; readonly spread: number };
  /** Of the product at half of its peak rate, sent at fixed times. */
  readonly halfRate: { readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number };
}

/** Requests per second that challenges are prepared for, before the first run has told more. */
const FIRST_GUESS = 2_500;
/** Wrong answers that a challenge takes and still waits for a right one. */
const WRONG_ANSWERS = 4;
const GET_AMONG = 1_000;

/** What the product is measured against. */
export interface Floor {
  readonly url: string;
  readonly scripts: ScriptSets;
  readonly pgbench: string | undefined;
}

/** Measures one kind of request on product and floor in turns, then the product at half of its rate. */
export async function measureRate(rig: Rig, floor: Floor, scenario: RateScenario): Promise<RateResult> {
  const { api, options, product } = rig;
  const set = scenario === 'life' ? 'token' : 'code';
  const sides = {
    product: { url: api.url, child: api.child, runs: [] as Run[], perSecond: FIRST_GUESS },
    floor: { url: `${floor.url}/${set}`, child: undefined, runs: [] as Run[], perSecond: FIRST_GUESS },
  };
  for (let run = 0; run <= options.runs; run += 1) {
    const seconds = run === 0 ? options.warmUpSeconds : options.seconds;
    for (const side of [sides.product, sides.floor]) {
      const source = await sourceOf(rig, scenario, Math.ceil(side.perSecond * seconds * 1.5));
      const job = {
        url: side.url,
        token: product.token(),
        source,
        connections: options.connections,
        seconds,
      };
      const result = await runLoad(rig, job, side.child);
      side.perSecond = Math.max(100, result.answered / result.seconds);
      if (run > 0) side.runs.push(result);
    }
  }
  const measured = summary(sides.product.runs);
  const bare = summary(sides.floor.runs);
  // Before pgbench, during which the product would have nothing to do and cool down.
  const halfRate = await atHalfRate(rig, scenario, measured.perSecond / 2);
  const pgbench = await byPgbench(rig, floor, scenario, bare.perSecond);
  return {
    scenario,
    product: measured,
    floor: bare,
    ...(pgbench ? { pgbench } : {}),
    halfRate,
  };
}

/** What each kind of request leaves of a challenge, in SQL. */
const LEAVES: Readonly<Record<RateScenario, string>> = {
  create: 'true',
  get: `state = 'ISSUED'`,
  answer: `state = 'VERIFIED'`,
  wrong: 'attempts_used = 1',
  complete: `state = 'COMPLETED'`,
  life: 'true',
};

/** A life is several requests that depend on one another, which pgbench cannot do. */
async function byPgbench(
  rig: Rig,
  { pgbench, scripts }: Floor,
  scenario: RateScenario,
  guess: number,
): Promise<RateResult['pgbench']> {
  const script = scenario === 'life' ? undefined : scripts['code']?.[scenario];
  if (pgbench === undefined || !script) return undefined;
  const { runs, quick, seconds, connections } = rig.options;
  const job: PgbenchJob = {
    script,
    transactions: Math.ceil((guess * seconds) / connections),
    leaves: LEAVES[scenario],
    state: scenario === 'create' ? undefined : scenario === 'complete' ? 'VERIFIED' : 'ISSUED',
  };
  const rates: number[] = [];
  for (let run = 0; run < (quick ? 1 : runs); run += 1) rates.push(await runPgbench(pgbench, rig, job));
  return { perSecond: median(rates), spread: spread(rates) };
}

/** Creates as fast as they are answered. */
export function createJob({ api, options, product }: Rig, seconds: number): LoadJob {
  const { connections } = options;
  return { url: api.url, token: product.token(), source: CREATES, connections, seconds };
}

const CREATES: Source = { kind: 'create', alias: CODE_POLICY, recipient: true, keyed: true };

async function atHalfRate(rig: Rig, scenario: RateScenario, rate: number): Promise<RateResult['halfRate']> {
  const { api, options, product } = rig;
  const runs: LoadResult[] = [];
  for (let run = 0; run <= options.runs; run += 1) {
    const seconds = run === 0 ? options.warmUpSeconds : options.seconds;
    const source = await sourceOf(rig, scenario, Math.ceil(rate * seconds * 1.1));
    const connections = 4 * options.connections;
    const job = { url: api.url, token: product.token(), source, connections, seconds, rate };
    const result = await runLoad(rig, job);
    if (run > 0) runs.push(result);
  }
  return {
    perSecond: median(runs.map(({ answered, seconds }) => answered / seconds)),
    p50Ms: median(runs.map(({ latency }) => latency.p50)),
    p99Ms: median(runs.map(({ latency }) => latency.p99)),
  };
}

/** Prepares what so many requests of the kind need. */
export async function sourceOf({ stock }: Rig, scenario: RateScenario, requests: number): Promise<Source> {
  switch (scenario) {
    case 'create':
      return CREATES;
    case 'life':
      return { kind: 'life', alias: TOKEN_POLICY };
    case 'get': {
      const challenges = await stock.make(GET_AMONG, 'ISSUED');
      return each(
        Array.from({ length: requests }, (_, index) => challenges[index % GET_AMONG]!),
        ({ id }) => ({ method: 'GET', path: `/v1/challenges/${id}`, expect: 200 }),
      );
    }
    case 'answer':
      return each(await stock.make(requests, 'ISSUED'), ({ id, code }) => answer(id, code, 200));
    case 'wrong': {
      const challenges = await stock.make(Math.ceil(requests / WRONG_ANSWERS), 'ISSUED');
      return each(Array.from({ length: WRONG_ANSWERS }, () => challenges).flat(), ({ id }) =>
        answer(id, '000000', 422),
      );
    }
    case 'complete':
      return each(await stock.make(requests, 'VERIFIED'), ({ id }) => ({
        method: 'POST',
        path: `/v1/challenges/${id}/complete`,
        body: {},
        expect: 200,
      }));
  }
}

function each<T>(items: readonly T[], request: (item: T) => PlannedRequest): Source {
  return { kind: 'each', requests: items.map(request) };
}

function answer(id: string, code: string, expect: number): PlannedRequest {
  return { method: 'POST', path: `/v1/challenges/${id}/answer`, body: { answer: code }, expect };
}
