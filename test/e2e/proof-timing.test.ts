import { createHash, randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { SOAK } from '../support/core-proof.js';
import { send } from '../support/openapi-raw-client.js';
import { ProofTenants } from '../support/proof-tenants.js';
import { type Ask, BOUND, OBJECTS, type Pair, slowed, timedRounds } from '../support/proof-timing.js';

const SEED = Number(process.env['PROOF_SEED'] ?? randomInt(2 ** 31 - 1));
const LONGEST_MS = SOAK ? 1_200_000 : 180_000;

type Kind = 'challenges' | 'policies';

interface Operation {
  readonly name: string;
  readonly kind: Kind;
  readonly method: string;
  readonly suffix?: string;
  readonly body?: object;
}

const OPERATIONS: readonly Operation[] = [
  { name: 'GET', kind: 'challenges', method: 'GET' },
  { name: 'an answer', kind: 'challenges', method: 'POST', suffix: '/answer', body: { answer: 'ABCDEF' } },
  { name: 'a resend', kind: 'challenges', method: 'POST', suffix: '/resend', body: {} },
  { name: 'a completion', kind: 'challenges', method: 'POST', suffix: '/complete', body: {} },
  { name: 'a cancellation', kind: 'challenges', method: 'DELETE' },
  { name: 'GET', kind: 'policies', method: 'GET' },
  { name: 'PUT', kind: 'policies', method: 'PUT', body: { ...tokenPolicy('other'), version: 1 } },
  { name: 'DELETE', kind: 'policies', method: 'DELETE' },
];

const nothing = (): Promise<void> => Promise.resolve();
const recipientOf = (unique: string): string =>
  `p${createHash('sha256').update(unique).digest('hex').slice(0, 24)}@example.com`;

describe(`the time that an answer takes (PROOF_SEED=${SEED})`, () => {
  let tenants: ProofTenants;
  let authorization: string;
  /** Of the other tenant, and of nobody: made at the same time, so that they lie in the same partition. */
  const foreign: Partial<Record<Kind, readonly string[]>> = {};
  const unknown: Partial<Record<Kind, readonly string[]>> = {};

  beforeAll(async () => {
    console.log(`PROOF_SEED=${SEED}`);
    tenants = await ProofTenants.start();
    const north = tenants.client('north');
    await north.createPolicy(tokenPolicy('token'));
    const made = {
      challenges: await inTurn(() => north.createChallenge({ policyAlias: 'token' })),
      policies: await inTurn((at) => north.createPolicy(tokenPolicy(`policy-${at}`))),
    };
    for (const kind of ['challenges', 'policies'] as const) {
      foreign[kind] = made[kind].map(({ status, body }) => {
        if (status !== 201) throw new Error(`An object could not be made: ${JSON.stringify(body)}`);
        return String(body['id']);
      });
      unknown[kind] = foreign[kind].map(
        (id) => id.slice(0, -12) + createHash('sha256').update(id).digest('hex').slice(0, 12),
      );
    }
    authorization = `Bearer ${tenants.token('JWT', { tenant_id: 'south' })}`;
  }, LONGEST_MS);

  afterAll(async () => {
    await tenants.stop();
  });

  /** As many as there are objects, eight at once. */
  async function inTurn<T>(make: (at: number) => Promise<T>): Promise<T[]> {
    const all: T[] = [];
    while (all.length < OBJECTS) {
      const some = Math.min(8, OBJECTS - all.length);
      all.push(...(await Promise.all(Array.from({ length: some }, (_, index) => make(all.length + index)))));
    }
    return all;
  }

  async function request(method: string, path: string, body: object | undefined, expected: number) {
    const type = body ? { 'content-type': 'application/json' } : {};
    const text = body && JSON.stringify(body);
    const response = await send(tenants.api.url, method, path, { authorization, ...type }, text);
    if (response.status !== expected)
      throw new Error(`${response.status} instead of ${expected}: ${response.text}`);
    return response;
  }

  function asking({ kind, method, suffix = '', body }: Operation, ids: readonly string[]): Ask {
    return async (at) => {
      await request(method, `/v1/${kind}/${ids[at]!}${suffix}`, body, 404);
      return nothing;
    };
  }

  function pairOf(operation: Operation): Pair {
    return [asking(operation, foreign[operation.kind]!), asking(operation, unknown[operation.kind]!)];
  }

  /** Creates a challenge, which is then cancelled: what is open of a recipient is no secret of the past. */
  function creating(recipientAt: (at: number) => string): Ask {
    return async (at) => {
      const body = { policyAlias: 'code', recipient: recipientAt(at) };
      const { text } = await request('POST', '/v1/challenges', body, 201);
      const { id } = JSON.parse(text) as { readonly id: string };
      return async () => {
        await request('DELETE', `/v1/challenges/${id}`, undefined, 200);
      };
    };
  }

  async function expectSame(name: string, pair: Pair): Promise<void> {
    const { t, enough } = await timedRounds(pair, SEED, (value) => Math.abs(value) < BOUND);
    console.log(`Welch's t, ${name}: ${t.map((value) => value.toFixed(2)).join(', ')}`);
    expect({ t, enough }).toEqual({ t, enough: true });
  }

  it.each(OPERATIONS.map((operation) => [`${operation.name} of ${operation.kind}`, operation] as const))(
    'is the same for one of another tenant and for none: %s',
    async (name, operation) => {
      await expectSame(name, pairOf(operation));
    },
    LONGEST_MS,
  );

  it(
    'is the same to create for a recipient who had challenges and for one who had none',
    async () => {
      const south = tenants.client('south');
      const { body } = await south.getConfiguration();
      const issuance = {
        enabled: true,
        perRecipient: { max: 100, windowSeconds: 3_600 },
        perTenant: { max: 1_000_000, windowSeconds: 60 },
      };
      const put = await south.putConfiguration({ ...body, version: undefined, issuance });
      expect(put.status).toBe(200);
      await south.createPolicy(emailCodePolicy('code'));
      const known = creating((at) => recipientOf(`known ${at}`));
      await inTurn(async (at) => (await known(at))());
      await expectSame('creates for known and unknown', [known, creating(() => recipientOf(randomUUID()))]);
    },
    LONGEST_MS,
  );

  it(
    'would be told apart by one millisecond',
    async () => {
      const [one, other] = pairOf(OPERATIONS[0]!);
      const { t, enough } = await timedRounds([slowed(one, 1), other], SEED, (value) => value > BOUND);
      console.log(`Welch's t, one millisecond: ${t.map((value) => value.toFixed(2)).join(', ')}`);
      expect({ t, enough }).toEqual({ t, enough: true });
    },
    LONGEST_MS,
  );
});
