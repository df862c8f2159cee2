import { createHash, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tokenPolicy } from '../support/core-policies.js';
import { SOAK } from '../support/core-proof.js';
import { send } from '../support/openapi-raw-client.js';
import { ProofTenants } from '../support/proof-tenants.js';
import { welchT } from '../support/proof-welch.js';

const SAMPLES = SOAK ? 2_000 : 300;
/** Both ends are slower at first. */
const WARM_UP = 20;
/** A sample is the fastest of so many requests: what the machine does meanwhile makes them slower, never faster. */
const REQUESTS = 3;
/** Fresh samples each time, and twice as many: a difference of chance goes, one that is there grows. */
const ROUNDS = 3;
const BOUND = 4.5;
const OBJECTS = 100;
const SEED = Number(process.env['PROOF_SEED'] ?? randomInt(2 ** 31 - 1));

interface Asked {
  readonly method: string;
  readonly path: (id: string) => string;
  readonly body?: string;
}

const OPERATIONS: readonly (readonly [string, Asked])[] = [
  ['GET', { method: 'GET', path: (id) => `/v1/challenges/${id}` }],
  ['an answer', { method: 'POST', path: (id) => `/v1/challenges/${id}/answer`, body: '{"answer":"ABCDEF"}' }],
  ['a cancellation', { method: 'DELETE', path: (id) => `/v1/challenges/${id}` }],
];

describe(`the time that an answer takes (PROOF_SEED=${SEED})`, () => {
  let tenants: ProofTenants;
  let authorization: string;
  /** Of the other tenant, and of nobody: made at the same time, so that they lie in the same partition. */
  let foreign: string[];
  let unknown: string[];

  beforeAll(async () => {
    console.log(`PROOF_SEED=${SEED}`);
    tenants = await ProofTenants.start();
    const north = tenants.client('north');
    await north.createPolicy(tokenPolicy('token'));
    const made = Array.from({ length: OBJECTS }, () => north.createChallenge({ policyAlias: 'token' }));
    foreign = (await Promise.all(made)).map(({ body }) => body.id);
    unknown = foreign.map(
      (id) => id.slice(0, -12) + createHash('sha256').update(id).digest('hex').slice(0, 12),
    );
    authorization = `Bearer ${tenants.token('JWT', { tenant_id: 'south' })}`;
  });

  afterAll(async () => {
    await tenants.stop();
  });

  /** Milliseconds, of the fastest of some requests. */
  async function sample({ method, path, body }: Asked, id: string, addedMs: number): Promise<number> {
    let fastest = Infinity;
    for (let request = 0; request < REQUESTS; request += 1) {
      const startedAt = performance.now();
      const { status } = await send(
        tenants.api.url,
        method,
        path(id),
        { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        body,
      );
      const endsAt = performance.now() + addedMs;
      while (performance.now() < endsAt);
      fastest = Math.min(fastest, performance.now() - startedAt);
      if (status !== 404) throw new Error(`${status} instead of 404`);
    }
    return fastest;
  }

  /** Both classes in turn, which of them first drawn by lot, so that nothing that drifts favours one. */
  async function round(asked: Asked, draw: () => number, addedMs = 0, samples = SAMPLES): Promise<number> {
    const times: readonly [number[], number[]] = [[], []];
    for (let index = 0; index < samples; index += 1) {
      const at = Math.floor(draw() * OBJECTS);
      const first = draw() < 0.5 ? 0 : 1;
      for (const which of [first, 1 - first]) {
        const ids = which === 0 ? foreign : unknown;
        times[which]!.push(await sample(asked, ids[at]!, which === 0 ? addedMs : 0));
      }
    }
    return welchT(...times);
  }

  async function rounds(
    asked: Asked,
    until: (t: number) => boolean,
    addedMs = 0,
  ): Promise<readonly number[]> {
    const draw = drawing(SEED);
    const found: number[] = [];
    await round(asked, draw, addedMs, WARM_UP);
    while (found.length < ROUNDS && !found.some(until))
      found.push(await round(asked, draw, addedMs, SAMPLES * 2 ** found.length));
    return found;
  }

  it.each(OPERATIONS)(
    'is the same for a challenge of another tenant and for none: %s',
    async (_name, asked) => {
      const found = await rounds(asked, (t) => Math.abs(t) < BOUND);
      console.log(`Welch's t: ${found.map((t) => t.toFixed(2)).join(', ')}`);
      expect(Math.min(...found.map(Math.abs))).toBeLessThan(BOUND);
    },
    SOAK ? 1_200_000 : 180_000,
  );

  it(
    'would be told apart by one millisecond',
    async () => {
      const found = await rounds(OPERATIONS[0]![1], (t) => t > BOUND, 1);
      expect(Math.max(...found)).toBeGreaterThan(BOUND);
    },
    SOAK ? 1_200_000 : 180_000,
  );
});

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
