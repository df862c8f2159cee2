import { dropTestDatabase } from './test-database.js';

/** Behind all tests: leaves nothing on a server that was there before. */
// eslint-disable-next-line no-restricted-exports -- Jest calls the default export of the file.
export default async function dropTemplateDatabase(): Promise<void> {
  const name = process.env.TEST_TEMPLATE_DATABASE;
  if (name) await dropTestDatabase(name);
}
