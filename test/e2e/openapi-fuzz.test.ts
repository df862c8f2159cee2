import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Acs, startAcs } from '../support/acs.js';
import { OpenApiContract } from '../support/openapi-contract.js';
import { fetchDocument, type Operation, operationsOf } from '../support/openapi-document.js';
import { RequestOracle } from '../support/openapi-oracle.js';
import { send, type RawResponse } from '../support/openapi-raw-client.js';
import { type GeneratedRequest, requestsOf } from '../support/openapi-requests.js';

const RUNS = process.env.SOAK ? 100_000 : Number(process.env.FUZZ_RUNS ?? 200);
/** Requests in flight at a time. */
const LANES = 4;
const SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31 - 1));
/** Those that end something come after those that need it. */
const OPERATIONS = [
  'createChallenge',
  'getChallenge',
  'answerChallenge',
  'resendChallenge',
  'completeChallenge',
  'cancelChallenge',
  'listPolicies',
  'createPolicy',
  'getPolicy',
  'replacePolicy',
  'previewPolicy',
  'listPolicyVersions',
  'getPolicyVersion',
  'deletePolicy',
  'getConfiguration',
  'replaceConfiguration',
];
/** The right answer is not to be guessed, and a resend has to wait. */
const NEVER_DONE = ['answerChallenge', 'resendChallenge'];

/** The examples of the document, each for what is newest and some that are older. */
function stated({ requestBody }: Operation): [GeneratedRequest][] {
  const examples = Object.values(requestBody?.content['application/json']?.examples ?? {});
  const bodies = examples.length > 0 ? examples.map(({ value }) => JSON.stringify(value)) : [undefined];
  return bodies.flatMap((body) =>
    [0, 1, 2, 3].map((id): [GeneratedRequest] => [
      { parameters: { id, version: 0 }, query: '', headers: { 'if-match': '*' }, body },
    ]),
  );
}

describe(`requests generated from the OpenAPI document (FUZZ_SEED=${SEED})`, () => {
  let acs: Acs;
  let contract: OpenApiContract;
  let oracle: RequestOracle;
  let token = { value: '', until: 0 };
  /** How often each operation answered with each status. */
  const tally: Record<string, Record<string, number>> = {};
  /** What path parameters can name: newest last, never without one. */
  const known = { challenges: [] as string[], policies: [] as string[] };

  beforeAll(async () => {
    console.log(`FUZZ_SEED=${SEED}`);
    acs = await startAcs({
      workers: 0,
      policies: ['password-reset', 'payment-approval', 'app-to-web', 'email-verification'],
    });
    contract = new OpenApiContract(await fetchDocument(acs.apis[0]!.url));
    oracle = new RequestOracle(contract);
    const { body } = await acs.api('globex').request<{ items: { id: string }[] }>('GET', '/v1/policies');
    known.policies.push(...body.items.map(({ id }) => id));
  });

  afterAll(async () => {
    await acs.stop();
  });

  it('are for every operation that the document has', () => {
    expect(
      operationsOf(contract.document)
        .map(({ operationId }) => operationId)
        .sort(),
    ).toEqual([...OPERATIONS].sort());
  });

  it.each(OPERATIONS)(
    'get an answer that the document states, and are refused where they break it: %s',
    async (id) => {
      const operation = operationsOf(contract.document).find(({ operationId }) => operationId === id)!;
      await issueChallenges(id === 'completeChallenge');
      const property = fc.asyncProperty(requestsOf(contract.document, operation), async (generated) => {
        await exchange(operation, generated);
      });
      await Promise.all(
        Array.from({ length: LANES }, (_, lane) =>
          fc.assert(property, {
            seed: SEED + lane,
            numRuns: RUNS / LANES,
            examples: lane === 0 ? stated(operation) : [],
          }),
        ),
      );
    },
    process.env.SOAK ? 3_600_000 : 60_000,
  );

  it('reach every operation, not its refusals alone', () => {
    const succeeded = Object.entries(tally).filter(([, counts]) =>
      Object.keys(counts).some((status) => status < '300'),
    );
    expect(succeeded.map(([id]) => id)).toEqual(
      expect.arrayContaining(OPERATIONS.filter((id) => !NEVER_DONE.includes(id))),
    );
  });

  it('leave a process that logged no defect', () => {
    expect(acs.apis[0]!.lines.filter((line) => line.includes('Unexpected failure'))).toEqual([]);
  });

  /** Some to work on, answered ones where they are to be completed. */
  async function issueChallenges(answered: boolean): Promise<void> {
    const api = acs.api('globex');
    for (let index = 0; index < 10; index += 1) {
      const { body } = await api.createChallenge({ policyAlias: 'app-to-web' });
      if (answered) await api.answer(body.id, body.token!);
      known.challenges.push(body.id);
    }
  }

  async function exchange(operation: Operation, generated: GeneratedRequest): Promise<void> {
    const path = pathOf(operation, generated);
    const headers = {
      authorization: `Bearer ${await currentToken()}`,
      ...(generated.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...generated.headers,
      ...(generated.body === undefined
        ? {}
        : { 'content-length': String(Buffer.byteLength(generated.body)) }),
    };
    const response = await answered(operation.method, path, headers, generated.body);
    if (response === undefined) return;
    contract.check({ method: operation.method, path, ...response });
    const counts = (tally[operation.operationId] ??= {});
    counts[response.status] = (counts[response.status] ?? 0) + 1;
    remember(operation, response);
    const broken = oracle.findingsOf(operation, { ...generated, headers });
    if (broken !== undefined && !(response.status >= 400 && response.status < 500))
      throw new Error(`${response.status} although ${broken}`);
    if (response.status === 503 && !/"code":"(channel|issuance)-disabled"/.test(response.text))
      throw new Error(response.text);
  }

  /** Those of the development server live for an hour, which a long run outlasts. */
  async function currentToken(): Promise<string> {
    if (performance.now() > token.until)
      token = { value: await acs.token('globex'), until: performance.now() + 600_000 };
    return token.value;
  }

  function pathOf({ path }: Operation, { parameters, query }: GeneratedRequest): string {
    const ids = path.startsWith('/v1/policies') ? known.policies : known.challenges;
    return (
      path.replace(/\{(\w+)\}/g, (_, name: string) => {
        const value = parameters[name]!;
        if (typeof value === 'string') return value;
        return name === 'id' ? ids.at(-1 - (value % Math.min(ids.length, 30)))! : String(1 + (value % 2));
      }) + query
    );
  }

  function remember({ operationId }: Operation, { status, text }: RawResponse): void {
    if (status !== 201) return;
    const { id } = JSON.parse(text) as { id: string };
    (operationId === 'createPolicy' ? known.policies : known.challenges).push(id);
  }

  /** Undefined when the connection was closed on a body that is over the limit, before the answer could be read. */
  async function answered(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | Buffer | undefined,
  ): Promise<RawResponse | undefined> {
    try {
      return await send(acs.apis[0]!.url, method, path, headers, body);
    } catch (error) {
      if (body !== undefined && Buffer.byteLength(body) > 65_536) return undefined;
      throw error;
    }
  }
});
