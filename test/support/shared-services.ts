import type { Child } from '../../scripts/quickstart/child.js';
import { withClient } from '../../scripts/quickstart/database.js';
import { generateSecrets } from '../../scripts/quickstart/secrets.js';
import { type Authorization, startAuthorization } from './processes.js';
import { createTestDatabase, databaseServerUrl, type TestDatabase } from './test-database.js';

let template: TestDatabase | undefined;
let authorizationServer: Child | undefined;

/** What a run starts once, since each of many tests needs it and leaves it as it is: Jest tells its workers by the environment. */
export async function startSharedServices(): Promise<void> {
  if (!process.env.TEST_DATABASE_URL) return;
  [template] = await Promise.all([createTestDatabase(), shareAuthorization()]);
  const { name } = template;
  await withClient(databaseServerUrl(), async (client) => {
    // Whoever takes over what is in a copy must not get this one with it.
    await client.query(`ALTER DATABASE ${name} OWNER TO CURRENT_USER`);
  });
  process.env.TEST_TEMPLATE_DATABASE = name;
}

export async function stopSharedServices(): Promise<void> {
  await Promise.all([template?.drop(), authorizationServer?.stop()]);
}

/** The authorization server of this run. */
export function sharedAuthorization(): Authorization {
  const shared = process.env.TEST_AUTHORIZATION;
  if (!shared) throw new Error('Run this through npm test');
  return JSON.parse(shared) as Authorization;
}

async function shareAuthorization(): Promise<void> {
  const { child, ...authorization } = await startAuthorization(generateSecrets());
  authorizationServer = child;
  process.env.TEST_AUTHORIZATION = JSON.stringify(authorization);
}
