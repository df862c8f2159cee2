import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Acs, startAcs } from '../support/acs.js';
import {
  type CollectionRequest,
  collectionAuth,
  collectionRequests,
  collectionVariables,
} from '../support/bruno.js';

/** What the service answers to each request, sent as it stands. */
const ANSWERS: Readonly<Record<string, number>> = {
  'Create a challenge': 201,
  'Get a challenge': 200,
  // The code is an example.
  'Answer a challenge': 422,
  // It was sent a moment ago.
  'Resend a challenge': 429,
  'Complete a challenge': 409,
  'Cancel a challenge': 200,
  'List policies': 200,
  'Create a policy': 201,
  'List the versions of a policy': 200,
  'Get a version of a policy': 200,
  'Get a policy': 200,
  'Replace a policy': 200,
  'Preview a message': 200,
  'Delete a policy': 204,
  'Get the configuration': 200,
  'Replace the configuration': 200,
};

describe('the Bruno collection', () => {
  let acs: Acs;

  beforeAll(async () => {
    acs = await startAcs({ workers: 0, policies: ['password-reset', 'app-to-web'] });
  });

  afterAll(async () => {
    await acs.stop();
  });

  it('works as it stands, one request after another', async () => {
    const { mode, oauth2 } = collectionAuth();
    expect(mode).toBe('oauth2');
    expect(oauth2).toMatchObject({
      grantType: 'client_credentials',
      accessTokenUrl: '{{tokenUrl}}',
      clientId: '{{clientId}}',
      clientSecret: '{{clientSecret}}',
    });
    const quickstart = collectionVariables('Quickstart');
    expect(quickstart).toMatchObject({
      baseUrl: 'http://localhost:3000',
      tokenUrl: 'http://localhost:3001/token',
      clientId: 'acme',
      clientSecret: 'acme-secret',
    });
    const variables = new Map(Object.entries({ ...quickstart, baseUrl: acs.apis[0]!.url }));
    const statuses: Record<string, number> = {};
    for (const request of collectionRequests())
      statuses[request.name] = await send(request, variables, await acs.token('acme'));
    expect(statuses).toEqual(ANSWERS);
    expect(Object.keys(statuses)).toEqual(Object.keys(ANSWERS));
  });
});

/** Sends a request as Bruno would, keeps what it keeps, and resolves with the status. */
async function send(
  { method, path, body, parameters, keeps }: CollectionRequest,
  variables: Map<string, string>,
  token: string,
): Promise<number> {
  const values = [...parameters];
  const url = `{{baseUrl}}${path.replaceAll(/\{\w+\}/g, () => values.shift() ?? '')}`;
  const filled = url.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => variables.get(name) ?? whole);
  const response = await fetch(filled, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const answer = response.status === 204 ? undefined : await response.json();
  for (const [name, expression] of Object.entries(keeps))
    variables.set(name, String(valueAt(answer, expression)));
  return response.status;
}

/** What Bruno evaluates: `res.body.id`, or `res.body.items.at(-1).id`. */
function valueAt(answer: unknown, expression: string): unknown {
  const steps = expression.replace('.at(-1)', '.-1').split('.').slice(2);
  return steps.reduce(
    (value, step) =>
      Array.isArray(value) ? value.at(Number(step)) : (value as Readonly<Record<string, unknown>>)[step],
    answer,
  );
}
