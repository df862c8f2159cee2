import { AcsClient } from '../../clients/typescript/src/index.js';
import { TENANT_SEEDS } from '../../scripts/quickstart/seed.js';

const ID = '01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f';
const POLICY = { alias: 'app-to-web', type: 'TOKEN' } as const;

/** Method and path, as the OpenAPI document has them, of every method of the client. */
export async function recordedCalls(): Promise<readonly string[]> {
  const calls: string[] = [];
  const acs = new AcsClient({
    url: 'http://acs.example',
    credentials: () => Promise.resolve('a token'),
    fetch: ({ method, url }) => {
      const path = new URL(url).pathname.replace(ID, '{id}').replace('/7', '/{version}');
      calls.push(`${method} ${path}`);
      return Promise.resolve(Response.json({ items: [], nextCursor: null }));
    },
  });
  const { challenges, policies, configuration } = acs;
  await challenges.create({ policyAlias: 'password-reset', recipient: 'ada@example.com' });
  await challenges.get(ID);
  await challenges.cancel(ID);
  await challenges.answer(ID, { answer: '123456' });
  await challenges.resend(ID);
  await challenges.complete(ID);
  await policies.create(POLICY);
  await policies.get(ID);
  await policies.list();
  await policies.replace(ID, { ...POLICY, version: 1 });
  await policies.delete(ID);
  await policies.versions(ID);
  await policies.version(ID, 7);
  await policies.preview(ID);
  await configuration.get();
  await configuration.replace(TENANT_SEEDS[0]!.configuration as never);
  return calls;
}
