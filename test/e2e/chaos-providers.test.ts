import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ChaosCustomers } from '../support/chaos-customers.js';
import { reckon } from '../support/chaos-reckoning.js';
import { ChaosWorld } from '../support/chaos-world.js';
import { CoreDatabase } from '../support/core-database.js';
import { SOAK } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';
import { FaultyGateway, TREATMENTS } from '../support/faulty-gateway.js';
import { SeededChance } from '../support/seeded-chance.js';
import { redisServerUrl } from '../support/redis-server.js';

const MINUTE = 60_000;
const ROUNDS = SOAK ? 20 : 1;
const CUSTOMERS = 6;
const CREATORS = 2;
/** How many faults a round has, fewer once it took so long, before the provider is healthy again. */
const FAULTS = SOAK ? 100 : 30;
const LEAST_FAULTS = 5;
const FAULTY_MS = SOAK ? 20_000 : 3_000;
/** What is left alone after it failed is probed after 15 s, and later after each probe that fails. */
const HEALED_MS = 2 * MINUTE;

/** The first of two providers does what providers do on bad days, under load; the other is healthy. */
async function faults(bull: boolean): Promise<void> {
  const chance = new SeededChance(process.env['PROOF_SEED'] ?? randomUUID());
  console.info(`PROOF_SEED=${chance.seed}`);
  const startedAt = performance.now();
  let gateway: FaultyGateway | undefined;
  const world = await ChaosWorld.start({
    bull,
    before: async (provider) => (gateway = await FaultyGateway.start(chance, provider)).dsn,
  });
  try {
    const { counts } = gateway!;
    const faulty = (): number => TREATMENTS.slice(1).reduce((sum, fault) => sum + (counts[fault] ?? 0), 0);
    const customers = new ChaosCustomers(world);
    const stop = new AbortController();
    const travels = [
      ...Array.from({ length: CUSTOMERS }, () => customers.run(stop.signal)),
      ...Array.from({ length: CREATORS }, () => customers.runCreating(stop.signal)),
    ];
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = faulty();
      gateway!.faulty = true;
      // Left alone after fewer faults, it is used again for probes only.
      const end = performance.now() + FAULTY_MS;
      await eventually(() => faulty() - before >= (performance.now() > end ? LEAST_FAULTS : FAULTS), {
        timeoutMs: MINUTE,
      });
      gateway!.faulty = false;
      await world.calm();
      const accepted = counts['accepted'] ?? 0;
      await eventually(() => (counts['accepted'] ?? 0) > accepted, { timeoutMs: HEALED_MS });
    }
    stop.abort();
    await Promise.all(travels);
    const { violations, ...reckoning } = await reckon(world, customers);
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const mode = bull ? 'bull' : 'direct';
    const unsent = await new CoreDatabase(world.acs.database.superuserUrl).rows(
      `SELECT id, status, error FROM delivery WHERE status IN ('FAILED', 'DEAD') AND error <> 'CHALLENGE_ENDED'`,
    );
    const healthy = [...world.provider.taken.values()].flat().filter(({ by }) => by === 'smtp').length;
    console.info(
      JSON.stringify({ mode, ...reckoning, treatments: counts, healthy, seconds, seed: chance.seed }),
    );
    expect(violations).toEqual([]);
    expect(gateway!.followed).toBe(0);
    expect(healthy).toBeGreaterThan(0);
    // There was always one who would have taken it.
    expect(unsent).toEqual([]);
    expect(reckoning.committed).toBeGreaterThan(CUSTOMERS);
  } finally {
    await world.stop();
    await gateway?.stop();
  }
}

const itOnRedis = redisServerUrl() ? it.concurrent : it.concurrent.skip;
const DURATION_MS = (ROUNDS + 1) * 4 * MINUTE;

/** The two ways of delivery go at the same time: most of it is waiting for the probe. */
describe('A provider that answers with faults or not at all loses nothing and holds up nobody', () => {
  it.concurrent('without Redis', () => faults(false), DURATION_MS);
  itOnRedis('with Bull', () => faults(true), DURATION_MS);
});
