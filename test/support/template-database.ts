import { withClient } from '../../scripts/quickstart/database.js';
import { createTestDatabase, databaseServerUrl } from './test-database.js';

/** Before the tests of a run that has services: migrates once what each test's database is then a copy of. */
// eslint-disable-next-line no-restricted-exports -- Jest calls the default export of the file.
export default async function createTemplateDatabase(): Promise<void> {
  if (!process.env.TEST_DATABASE_URL) return;
  const { name } = await createTestDatabase();
  await withClient(databaseServerUrl(), async (client) => {
    // Whoever takes over what is in a copy must not get this one with it.
    await client.query(`ALTER DATABASE ${name} OWNER TO CURRENT_USER`);
  });
  process.env.TEST_TEMPLATE_DATABASE = name;
}
