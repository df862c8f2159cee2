import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ChaosCustomers } from '../support/chaos-customers.js';
import type { FaultPoint } from '../support/chaos-provider.js';
import { type Reckoning, reckon } from '../support/chaos-reckoning.js';
import { ChaosWorld } from '../support/chaos-world.js';
import { SOAK } from '../support/core-proof.js';
import { SeededChance } from '../support/seeded-chance.js';
import { describeOnRedis } from '../support/redis-server.js';

const MINUTE = 60_000;
const ROUNDS = SOAK ? 20 : 1;
/** The soak goes on past its rounds until so many challenges were acknowledged, each with its delivery. */
const DELIVERIES = SOAK ? Number(process.env['SOAK_DELIVERIES'] ?? 100_000) : 0;
/** By when it begins no further round, however few there are. */
const LAST_ROUND_MS = SOAK ? Number(process.env['SOAK_MINUTES'] ?? 60) * MINUTE : MINUTE;
const TIME_LIMIT = LAST_ROUND_MS + (SOAK ? 15 : 3) * MINUTE;
const CRASHES_PER_ROUND = 6;
const CUSTOMERS = SOAK ? 16 : 12;
/** Of those who only create. */
const CREATORS = SOAK ? 16 : 2;
const POINTS = ['before the message', 'after the message, before the reply', 'after the reply'] as const;

let world: ChaosWorld | undefined;

afterEach(async () => {
  await world?.stop();
  world = undefined;
}, MINUTE);

interface Outcome extends Reckoning {
  readonly mode: 'bull' | 'direct';
  readonly rounds: number;
  /** How many claims their workers died with before they had begun them. */
  readonly unbegun: number;
  readonly seconds: number;
  readonly seed: string;
}

/** Kills something every 0.3 to 1.5 s under load, and workers where it hurts most; then counts. */
async function chaos(mode: Outcome['mode']): Promise<Outcome> {
  const chance = new SeededChance(process.env['PROOF_SEED'] ?? randomUUID());
  console.info(`PROOF_SEED=${chance.seed}`);
  const running = (world = await ChaosWorld.start({ bull: mode === 'bull' }));
  await running.liftLimits();
  const customers = new ChaosCustomers(running);
  const stop = new AbortController();
  const startedAt = performance.now();
  const travels = [
    ...Array.from({ length: CUSTOMERS }, () => customers.run(stop.signal)),
    ...Array.from({ length: CREATORS }, () => customers.runCreating(stop.signal)),
  ];
  let [rounds, unbegun] = [0, 0];
  const isEnough = (): boolean => rounds >= ROUNDS && customers.acknowledged >= DELIVERIES;
  while (!isEnough() && performance.now() - startedAt < LAST_ROUND_MS) {
    for (let crash = 0; crash < CRASHES_PER_ROUND; crash += 1) {
      await delay(300 + chance.next() * 1_200);
      await running.crash(chance.pick(running.victims));
    }
    await running.whole();
    await running.expireLeft();
    unbegun += await running.crashBeforeBegin();
    for (const point of POINTS) await killAt(running, point);
    await running.calm();
    rounds += 1;
    if (SOAK) tellProgress(rounds, customers, performance.now() - startedAt);
  }
  stop.abort();
  await Promise.all(travels);
  const reckoning = await reckon(running, customers);
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  return { mode, rounds, unbegun, seconds, seed: chance.seed, ...reckoning };
}

function tellProgress(rounds: number, { acknowledged }: ChaosCustomers, passedMs: number): void {
  console.info(`round ${rounds}, ${Math.round(passedMs / 1_000)} s: ${acknowledged} challenges acknowledged`);
}

/** Every worker dies when the next hand-over is at this point. */
async function killAt(running: ChaosWorld, point: FaultPoint): Promise<void> {
  await running.whole();
  await new Promise<void>((resolve, reject) => {
    running.provider.at = async (reached) => {
      if (reached !== point) return;
      running.provider.at = () => Promise.resolve();
      await running.crashWorkers().then(resolve, reject);
    };
  });
}

function expectNothingLost({ violations, ...counts }: Outcome): void {
  console.info(JSON.stringify(counts));
  expect(violations).toEqual([]);
  expect(counts.committed).toBeGreaterThan(Math.max(CUSTOMERS, DELIVERIES - 1));
  expect(counts.rounds).toBeGreaterThanOrEqual(ROUNDS);
  expect(counts.unbegun).toBeGreaterThan(0);
  expect(counts.recovery.deliveries).toBeGreaterThan(0);
  expect(counts.recovery.p99Ms).toBeLessThan(15_000);
}

describe('Whatever is killed, nothing acknowledged is lost', () => {
  it(
    'without Redis',
    async () => {
      expectNothingLost(await chaos('direct'));
    },
    TIME_LIMIT,
  );
});

describeOnRedis('Whatever is killed, Redis too, nothing acknowledged is lost', () => {
  it(
    'with Bull',
    async () => {
      expectNothingLost(await chaos('bull'));
    },
    TIME_LIMIT,
  );
});
