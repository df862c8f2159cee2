import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TENANT_SEEDS } from '../../scripts/quickstart/seed.js';
import { SCOPES } from '../../src/auth/require-scopes.js';
import { type Acs, startAcs } from '../support/acs.js';
import { OpenApiContract } from '../support/openapi-contract.js';
import {
  fetchDocument,
  type MediaType,
  type OpenApiDocument,
  type Operation,
  operationsOf,
} from '../support/openapi-document.js';
import { redoclyFindings, spectralErrors } from '../support/openapi-lint.js';

/** The table of the contract. */
const SCOPE_OF: Readonly<Record<string, string>> = {
  createChallenge: 'challenge:post',
  getChallenge: 'challenge:get',
  cancelChallenge: 'challenge:delete',
  answerChallenge: 'challenge:answer',
  resendChallenge: 'challenge:resend',
  completeChallenge: 'challenge:complete',
  listPolicies: 'challenge:policy:get',
  createPolicy: 'challenge:policy:post',
  getPolicy: 'challenge:policy:get',
  replacePolicy: 'challenge:policy:put',
  deletePolicy: 'challenge:policy:delete',
  previewPolicy: 'challenge:policy:get',
  listPolicyVersions: 'challenge:policy:get',
  getPolicyVersion: 'challenge:policy:get',
  getConfiguration: 'challenge:configuration:get',
  replaceConfiguration: 'challenge:configuration:put',
};

describe('the OpenAPI document', () => {
  let acs: Acs;
  let document: OpenApiDocument;
  let operations: readonly Operation[];
  let contract: OpenApiContract;

  beforeAll(async () => {
    acs = await startAcs({
      workers: 0,
      policies: ['password-reset', 'payment-approval', 'email-verification', 'app-to-web'],
    });
    document = await fetchDocument(acs.apis[0]!.url);
    operations = operationsOf(document);
    contract = new OpenApiContract(document);
  });

  afterAll(async () => {
    await acs.stop();
  });

  it('passes redocly lint without an error or a warning', async () => {
    expect(await redoclyFindings(document)).toEqual([]);
  });

  it("passes Spectral's and OWASP's rules without an error", async () => {
    expect(await spectralErrors(document)).toEqual([]);
  });

  it('is OpenAPI 3.1, with the tags in their order', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.tags.map(({ name }) => name)).toEqual(['Challenges', 'Policies', 'Configuration']);
    for (const { tags } of operations) expect(document.tags.map(({ name }) => name)).toContain(tags[0]);
  });

  it('names every operation and asks for its scope, by OAuth 2 or by a bearer token', () => {
    expect(
      Object.fromEntries(operations.map(({ operationId, security }) => [operationId, security])),
    ).toEqual(
      Object.fromEntries(
        Object.entries(SCOPE_OF).map(([id, scope]) => [id, [{ oauth2: [scope] }, { bearer: [] }]]),
      ),
    );
    expect(new Set(Object.values(SCOPE_OF))).toEqual(new Set(SCOPES));
  });

  it('closes every object that a request or a response can hold', () => {
    const open = Object.entries(document.components.schemas).filter(
      ([, { properties, additionalProperties }]) => properties && additionalProperties !== false,
    );
    expect(open.map(([name]) => name)).toEqual([]);
  });

  it('has examples that keep to their schemas, one at least for every request body and problem', () => {
    const bodies = operations.flatMap(mediaTypesOf);
    expect(bodies.length).toBeGreaterThan(150);
    const findings = bodies.flatMap(({ steps, media }) => {
      const validate = contract.validator(...steps, 'schema');
      return examplesIn(media)
        .filter((example) => !validate(example))
        .map(
          (example) => `${steps.join(' ')}: ${JSON.stringify(example)} ${JSON.stringify(validate.errors)}`,
        );
    });
    expect(findings).toEqual([]);
    const exemplified = bodies.filter(
      ({ steps }) => steps.includes('requestBody') || steps.includes('application/problem+json'),
    );
    expect(exemplified.filter(({ media }) => examplesIn(media).length === 0)).toEqual([]);
  });

  it('states what is about bodies for operations that have one, and 304 nowhere', () => {
    const statuses = (id: string): string[] => Object.keys(document.paths[id]?.['get']?.responses ?? {});
    expect(statuses('/v1/configuration')).toEqual([
      '200',
      '400',
      '401',
      '403',
      '406',
      '408',
      '429',
      '431',
      '503',
    ]);
    expect(operations.flatMap(({ responses }) => Object.keys(responses))).not.toContain('304');
    for (const { requestBody, responses } of operations) {
      expect(Object.keys(responses).includes('413')).toBe(requestBody !== undefined);
      expect(Object.keys(responses).includes('415')).toBe(requestBody !== undefined);
    }
  });

  it('links every problem to its page', async () => {
    const url = acs.apis[0]!.url;
    const problems = operations
      .flatMap(mediaTypesOf)
      .filter(({ steps }) => steps.includes('application/problem+json'))
      .flatMap(({ media }) => examplesIn(media) as { type: string; code: string }[]);
    for (const { type, code } of problems) expect(type).toBe(`${url}/problems/${code}`);
    for (const type of new Set(problems.map((problem) => problem.type)))
      expect((await fetch(type)).status).toBe(200);
  });

  describe('has examples that work as they stand', () => {
    it.each(['createChallenge', 'createPolicy'])('for %s', async (id) => {
      const { path, requestBody } = operations.find(({ operationId }) => operationId === id)!;
      for (const example of examplesIn(requestBody!.content['application/json']!)) {
        expect(await acs.api('acme').request('POST', path, example)).toMatchObject({ status: 201 });
      }
    });

    it('for replaceConfiguration', async () => {
      const { requestBody } = operations.find(({ operationId }) => operationId === 'replaceConfiguration')!;
      const examples = examplesIn(requestBody!.content['application/json']!);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        expect(await acs.api('acme').putConfiguration(example as object)).toMatchObject({ status: 200 });
      }
      await acs.api('acme').putConfiguration(TENANT_SEEDS[0]!.configuration);
    });

    it('for completing and answering, but for the code', async () => {
      const { body } = await acs.api('acme').createChallenge({ policyAlias: 'app-to-web' });
      const { requestBody } = operations.find(({ operationId }) => operationId === 'answerChallenge')!;
      for (const example of examplesIn(requestBody!.content['application/json']!)) {
        const answer = { ...(example as object), answer: body.token! };
        const { status, body: problem } = await acs
          .api('acme')
          .request('POST', `/v1/challenges/${body.id}/answer`, answer);
        expect([200, 409, 422]).toContain(status);
        expect(problem.code).not.toBe('request-invalid');
      }
    });
  });
});

interface DocumentedBody {
  readonly steps: readonly string[];
  readonly media: MediaType;
}

function mediaTypesOf({ path, method, requestBody, responses }: Operation): DocumentedBody[] {
  const at = ['paths', path, method.toLowerCase()];
  return [
    ...Object.entries(requestBody?.content ?? {}).map(([type, media]) => ({
      steps: [...at, 'requestBody', 'content', type],
      media,
    })),
    ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
      Object.entries(content).map(([type, media]) => ({
        steps: [...at, 'responses', status, 'content', type],
        media,
      })),
    ),
  ];
}

function examplesIn({ example, examples = {} }: MediaType): unknown[] {
  return [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)];
}
