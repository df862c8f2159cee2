import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ChaosCustomers } from '../support/chaos-customers.js';
import type { FaultPoint } from '../support/chaos-provider.js';
import { type Reckoning, reckon } from '../support/chaos-reckoning.js';
import { ChaosWorld } from '../support/chaos-world.js';
import { SOAK } from '../support/core-proof.js';
import { SeededChance } from '../support/seeded-chance.js';
import { describeOnRedis } from '../support/services.js';

const ROUNDS = SOAK ? 20 : 1;
/** The soak goes on past its rounds until so many challenges were acknowledged, each with its delivery. */
const DELIVERIES = SOAK ? Number(process.env['SOAK_DELIVERIES'] ?? 100_000) : 0;
const CRASHES_PER_ROUND = 6;
const CUSTOMERS = SOAK ? 32 : 12;
const MINUTE = 60_000;
const TIME_LIMIT = SOAK ? 90 * MINUTE : 4 * MINUTE;

let world: ChaosWorld | undefined;

afterEach(async () => {
  await world?.stop();
  world = undefined;
}, MINUTE);

/** Kills something every 0.3 to 1.5 s under load, and workers where it hurts most; then counts. */
async function chaos(bull: boolean): Promise<Reckoning> {
  const chance = new SeededChance(process.env['PROOF_SEED'] ?? randomUUID());
  console.info(`PROOF_SEED=${chance.seed}`);
  const running = (world = await ChaosWorld.start({ bull }));
  const token = await running.acs.token('acme');
  const customers = new ChaosCustomers(running, token);
  const stop = new AbortController();
  const travels = Array.from({ length: CUSTOMERS }, () => customers.run(stop.signal));
  for (let round = 0; round < ROUNDS || customers.acknowledged < DELIVERIES; round += 1) {
    for (let crash = 0; crash < CRASHES_PER_ROUND; crash += 1) {
      await delay(300 + chance.next() * 1_200);
      await running.crash(chance.pick(running.victims));
    }
    for (const point of [
      'before the message',
      'after the message, before the reply',
      'after the reply',
    ] as const)
      await killAt(running, point);
    await running.whole();
    if (SOAK) console.info(`round ${round + 1}: ${customers.acknowledged} challenges acknowledged`);
  }
  stop.abort();
  await Promise.all(travels);
  return await reckon(running, customers);
}

/** Every worker dies when the next hand-over is at this point. */
async function killAt(running: ChaosWorld, point: FaultPoint): Promise<void> {
  await running.whole();
  await new Promise<void>((resolve, reject) => {
    running.provider.at = async (reached) => {
      if (reached !== point) return;
      running.provider.at = () => Promise.resolve();
      await Promise.all(running.acs.workers.map(() => running.crash('worker'))).then(() => {
        resolve();
      }, reject);
    };
  });
}

function expectNothingLost(reckoning: Reckoning): void {
  const { violations, ...counts } = reckoning;
  console.info(JSON.stringify(counts));
  expect(violations).toEqual([]);
  expect(counts.committed).toBeGreaterThan(Math.max(CUSTOMERS, DELIVERIES - 1));
  expect(counts.recoveryMs.p99).toBeLessThan(15_000);
}

describe('Whatever is killed, nothing acknowledged is lost', () => {
  it(
    'without Redis',
    async () => {
      expectNothingLost(await chaos(false));
    },
    TIME_LIMIT,
  );
});

describeOnRedis('Whatever is killed, Redis too, nothing acknowledged is lost', () => {
  it(
    'with Bull',
    async () => {
      expectNothingLost(await chaos(true));
    },
    TIME_LIMIT,
  );
});
