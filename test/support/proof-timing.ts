import { SOAK } from './core-proof.js';
import { welchT } from './proof-welch.js';

const SAMPLES = SOAK ? 2_000 : 100;
/** Both ends are slower at first. */
const WARM_UP = 20;
/** A sample is the fastest of so many requests: what the machine does meanwhile makes them slower, never faster. */
const REQUESTS = 3;
const ROUNDS = 3;
/** How many of the rounds must say so. */
const NEEDED = SOAK ? 2 : 1;
export const BOUND = 4.5;
/** What a class has for each sample to draw from. */
export const OBJECTS = SOAK ? 500 : 100;

/** One request about an object, by its place; resolves with what puts things back, which is not timed. */
export type Ask = (at: number) => Promise<() => Promise<void>>;

/** Two classes of requests whose times are compared. */
export type Pair = readonly [Ask, Ask];

/**
 * Welch's t of rounds, until enough of them are as demanded; `enough` tells whether they were. A round has fresh
 * samples, and in the short form twice as many as the one before: a difference of chance goes, one that is there grows.
 */
export async function timedRounds(
  pair: Pair,
  seed: number,
  demanded: (t: number) => boolean,
): Promise<{ readonly t: readonly number[]; readonly enough: boolean }> {
  const draw = drawing(seed);
  const t: number[] = [];
  const isEnough = (): boolean => t.filter(demanded).length >= NEEDED;
  await round(pair, draw, WARM_UP);
  while (t.length < ROUNDS && !isEnough())
    t.push(await round(pair, draw, SOAK ? SAMPLES : SAMPLES * 2 ** t.length));
  return { t, enough: isEnough() };
}

/** The same request, slower by so many milliseconds. */
export function slowed(ask: Ask, ms: number): Ask {
  return async (at) => {
    const putBack = await ask(at);
    const endsAt = performance.now() + ms;
    while (performance.now() < endsAt);
    return putBack;
  };
}

/** Both classes in turn, which of them first drawn by lot, so that nothing that drifts favours one. */
async function round(pair: Pair, draw: () => number, samples: number): Promise<number> {
  const times: readonly [number[], number[]] = [[], []];
  for (let index = 0; index < samples; index += 1) {
    const at = Math.floor(draw() * OBJECTS);
    const first = draw() < 0.5 ? 0 : 1;
    for (const which of [first, 1 - first] as const) times[which]!.push(await sample(pair[which]!, at));
  }
  return welchT(...times);
}

/** Milliseconds, of the fastest of some requests. */
async function sample(ask: Ask, at: number): Promise<number> {
  let fastest = Infinity;
  for (let request = 0; request < REQUESTS; request += 1) {
    const startedAt = performance.now();
    const putBack = await ask(at);
    fastest = Math.min(fastest, performance.now() - startedAt);
    await putBack();
  }
  return fastest;
}

/** Mulberry32: the same numbers for the same seed. */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
