import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withClient } from '../../scripts/quickstart/database.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ISSUERS = JSON.stringify([
  { issuer: 'http://127.0.0.1:9', audience: 'urn:acs:api', tenantClaim: 'tenant_id', tenants: ['acme'] },
]);
const SECRET_KEYS = `k1:${Buffer.from('a sentence of 32 bytes, no more.').toString('base64')}`;

/** Runs a process to its end: its exit code and the messages it logged, by level. */
async function start(
  name: 'api' | 'worker' | 'migrate',
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; fatal: string[]; lines: number }> {
  const main = fileURLToPath(new URL(`../../src/main.${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [main], { env: { PATH: process.env['PATH'], ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  const lines = output.split('\n').filter((line) => line !== '');
  const logged = lines.map((line) => JSON.parse(line) as { level: number; msg: string });
  return {
    code,
    fatal: logged.filter(({ level }) => level === 60).map(({ msg }) => msg),
    lines: lines.length,
  };
}

describe('a start that cannot go on', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.drop();
  });

  const api = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
    DATABASE_URL: database.apiUrl,
    AUTH_ISSUERS: ISSUERS,
    SECRET_KEYS,
    PORT: '0',
    ...env,
  });

  it('names everything that is wrong with the environment in one message, and no value', async () => {
    const { code, fatal, lines } = await start('api', {
      DATABASE_URL: 'mysql://root:hunter2@db/x',
      SECRET_KEYS: 'hunter2',
      AUTH_ISSUERS: '[]',
      PORT: 'hunter2',
      LOG_LEVEL: 'hunter2',
    });
    expect({ code, lines }).toEqual({ code: 1, lines: 1 });
    for (const key of ['DATABASE_URL', 'SECRET_KEYS', 'AUTH_ISSUERS', 'PORT', 'LOG_LEVEL'])
      expect(fatal[0]).toContain(key);
    expect(fatal[0]).not.toContain('hunter2');
  });

  it.each(['worker', 'migrate'] as const)('tells what the %s lacks', async (name) => {
    const { code, fatal, lines } = await start(name, {});
    expect({ code, lines }).toEqual({ code: 1, lines: 1 });
    expect(fatal[0]).toContain('DATABASE_URL is not set');
  });

  it('says that the database cannot be reached', async () => {
    const { code, fatal, lines } = await start(
      'api',
      api({ DATABASE_URL: 'postgres://acs@127.0.0.1:9/acs' }),
    );
    expect({ code, lines }).toEqual({ code: 1, lines: 1 });
    expect(fatal[0]).toMatch(/127\.0\.0\.1:9 refused the connection.*DATABASE_URL/);
  });

  it('names the key of the migrator where it is the migrator that cannot reach it', async () => {
    const url = 'postgres://acs@127.0.0.1:9/acs';
    const { code, fatal, lines } = await start('migrate', { MIGRATION_DATABASE_URL: url });
    expect({ code, lines }).toEqual({ code: 1, lines: 1 });
    expect(fatal[0]).toMatch(/127\.0\.0\.1:9 refused the connection.*MIGRATION_DATABASE_URL/);
  });

  it('refuses a role that row-level security does not bind', async () => {
    const { code, fatal, lines } = await start('api', api({ DATABASE_URL: database.superuserUrl }));
    expect({ code, lines }).toEqual({ code: 1, lines: 1 });
    expect(fatal[0]).toContain('is a superuser');
  });

  it('says which grant a role lacks that is in no group', async () => {
    const { username } = new URL(database.workerUrl);
    await withClient(database.superuserUrl, (client) => client.query(`REVOKE acs_worker FROM "${username}"`));
    const { code, fatal, lines } = await start('api', api({ DATABASE_URL: database.workerUrl }));
    expect({ code, lines }).toEqual({ code: 1, lines: 1 });
    expect(fatal[0]).toMatch(/is a member of neither acs_api nor acs_worker.*run GRANT acs_api TO/);
  });

  it('says which port is taken, and how to choose another', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, fatal } = await start('api', api({ PORT: String(port) }));
    expect(code).toBe(1);
    expect(fatal).toEqual([
      `127.0.0.1:${port} is already in use. Set PORT to a free port, or 0 to have one picked.`,
    ]);
    other.close();
  });
});
