import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type BenchOptions,
  HELP,
  RATE_SCENARIOS,
  type RateScenario,
  readOptions,
  UsageError,
} from './options.js';
import { checkFloor } from './floor/check-floor.js';
import { readMeasurements } from './capacity/measured.js';
import { findPgbench } from './pgbench/run-pgbench.js';
import { capacityTables } from './report/capacity-tables.js';
import { circumstances, describe } from './report/machine.js';
import { type Results, tables } from './report/tables.js';
import { Belongings } from './rig/belongings.js';
import { recordScripts, type Rig, startFloor, startRig } from './rig/rig.js';
import { measureDelivery } from './scenarios/delivery.js';
import { measureGrowth } from './scenarios/growth.js';
import { measureOverload } from './scenarios/overload.js';
import { measurePeer } from './scenarios/peer.js';
import { measureRate, type RateResult } from './scenarios/rates.js';
import { measureTokens } from './scenarios/tokens.js';

/** Runs what the command line names, prints tables and writes JSON. Resolves with the exit code, once nothing is left behind. */
export async function bench(argv: readonly string[], resultsFolder: string): Promise<number> {
  let options: BenchOptions | undefined;
  try {
    options = readOptions(argv);
    if (options?.scenarios.includes('capacity')) tellCapacity(options, resultsFolder);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
  if (!options) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.scenarios.every((name) => name === 'capacity')) return 0;
  const belongings = new Belongings();
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        resolve(130);
      });
  });
  const finished = run(options, belongings, resultsFolder).then(() => 0);
  // After an interruption what was running fails for want of the rest.
  finished.catch(() => undefined);
  try {
    return await Promise.race([finished, interrupted]);
  } finally {
    await belongings.end();
  }
}

/** Nothing runs for it. */
function tellCapacity({ from }: BenchOptions, resultsFolder: string): void {
  const measurements = readMeasurements(from ?? join(resultsFolder, '..', 'capacity', 'measured.json'));
  console.log(`\n${capacityTables(measurements)}\n\nReckoned from: ${describe(measurements.circumstances)}`);
}

async function run(options: BenchOptions, belongings: Belongings, resultsFolder: string): Promise<void> {
  const say = (message: string): void => {
    console.error(`  ${message}`);
  };
  say('Starting PostgreSQL, API and load generator …');
  const rig = await startRig(options, belongings, say);
  const where = await circumstances(rig.client, options);
  const results = await measureAll(rig);
  const file = options.json ?? join(resultsFolder, `${where.at.replaceAll(':', '-')}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ circumstances: where, ...results }, undefined, 2)}\n`);
  console.log(['', ...tables(results), describe(where), `JSON: ${file}`].join('\n\n'));
}

async function measureAll(rig: Rig): Promise<Results> {
  const { scenarios } = rig.options;
  const results: Results = {};
  const rates = RATE_SCENARIOS.filter((name) => scenarios.includes(name));
  if (rates.length > 0) results.rates = await measureRates(rig, rates);
  if (scenarios.includes('tokens')) {
    rig.say('Measuring tokens that are remembered, and fresh ones …');
    results.tokens = await measureTokens(rig);
  }
  if (scenarios.includes('peer')) {
    rig.say('Measuring creates beside better-auth …');
    const peer = await measurePeer(rig);
    if (peer) results.peer = peer;
  }
  if (scenarios.includes('delivery')) {
    rig.say('Measuring delivery …');
    results.delivery = await measureDelivery(rig);
  }
  if (scenarios.includes('growth')) {
    rig.say('Measuring growth …');
    results.growth = await measureGrowth(rig);
  }
  if (scenarios.includes('overload')) {
    rig.say('Measuring overload …');
    results.overload = await measureOverload(rig);
  }
  return results;
}

async function measureRates(rig: Rig, scenarios: readonly RateScenario[]): Promise<RateResult[]> {
  rig.say('Recording the statements of every kind of request …');
  const scripts = await recordScripts(rig);
  const pgbench = findPgbench();
  if (pgbench === undefined) rig.say('There is no pgbench on the PATH: its column stays empty.');
  const floor = { url: await startFloor(rig, scripts), scripts, pgbench };
  await checkFloor(rig, floor.url);
  const results: RateResult[] = [];
  for (const scenario of scenarios) {
    rig.say(`Measuring ${scenario} …`);
    results.push(await measureRate(rig, floor, scenario));
  }
  return results;
}
