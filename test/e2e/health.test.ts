import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { withClient } from '../../scripts/quickstart/database.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import { generateSecrets } from '../../scripts/quickstart/secrets.js';
import { startAcs } from '../support/acs.js';
import { eventually } from '../support/eventually.js';
import { startKillableRedis } from '../support/killable-servers.js';
import { startApi, startWorker, type TestProcess } from '../support/processes.js';
import { describeOnRedis } from '../support/redis-server.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

interface Health {
  readonly status: number;
  readonly body: { readonly status: string; readonly info?: unknown; readonly error?: unknown };
}

let database: TestDatabase;
let running: TestProcess[] = [];

const health = async (url: string, of: 'live' | 'ready'): Promise<Health> => {
  const response = await fetch(`${url}/health/${of}`, { headers: { connection: 'close' } });
  return { status: response.status, body: (await response.json()) as Health['body'] };
};

const worker = async (env: NodeJS.ProcessEnv = {}): Promise<{ url: string; child: TestProcess['child'] }> => {
  const port = await freePort();
  const started = await startWorker({
    DATABASE_URL: database.workerUrl,
    SECRET_KEYS: generateSecrets().secretKeys,
    EMAIL_PROVIDERS: 'smtp://127.0.0.1:9?tls=off',
    METRICS_PORT: String(port),
    ...env,
  });
  running.push(started);
  return { url: `http://127.0.0.1:${port}`, child: started.child };
};

const api = async (env: NodeJS.ProcessEnv = {}): Promise<{ url: string; child: TestProcess['child'] }> => {
  const issuer = { issuer: 'https://127.0.0.1:9', audience: 'acs', tenantClaim: 't', tenants: ['acme'] };
  const started = await startApi({
    DATABASE_URL: database.apiUrl,
    SECRET_KEYS: generateSecrets().secretKeys,
    AUTH_ISSUERS: JSON.stringify([issuer]),
    ...env,
  });
  running.push(started);
  return started;
};

/** Refuses connections to the database, and ends those that are open, until it is called off. */
const closeDatabase = async (): Promise<() => Promise<void>> => {
  const allow = async (allowed: boolean): Promise<void> => {
    const server = new URL(database.superuserUrl);
    server.pathname = '/postgres';
    await withClient(server.href, async (client) => {
      await client.query(`ALTER DATABASE ${database.name} WITH ALLOW_CONNECTIONS ${String(allowed)}`);
      if (!allowed)
        await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
          database.name,
        ]);
    });
  };
  await allow(false);
  return async () => {
    await allow(true);
  };
};

beforeAll(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await Promise.all(running.map(({ child }) => child.stop(27_000)));
  running = [];
});

afterAll(async () => {
  await database.drop();
});

describe('API and worker', () => {
  it('are alive but not ready while the database is away, and name no host', async () => {
    const processes = await Promise.all([api(), worker()]);
    for (const { url } of processes) {
      expect(await health(url, 'ready')).toMatchObject({
        status: 200,
        body: { status: 'ok', info: { database: { status: 'up' } } },
      });
    }
    const nothing = await fetch(`${processes[1].url}/`);
    expect([nothing.status, await nothing.text()]).toEqual([
      404,
      'Nothing is here. This port has:\n/metrics\n/health/live\n/health/ready\n',
    ]);
    const reopen = await closeDatabase();
    try {
      for (const { url } of processes) {
        await eventually(async () => (await health(url, 'ready')).status === 503);
        const { body } = await health(url, 'ready');
        expect(JSON.stringify(body)).toContain('The database does not answer.');
        expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1:5|acs_test|postgres/);
        expect(await health(url, 'live')).toEqual({ status: 200, body: { status: 'ok' } });
      }
    } finally {
      await reopen();
    }
    for (const { url } of processes)
      await eventually(async () => (await health(url, 'ready')).status === 200);
  });
});

describe('An API in production', () => {
  it('says for a while that it leaves, and answers meanwhile', async () => {
    const { url, child } = await api({ NODE_ENV: 'production', PUBLIC_URL: 'https://acs.example' });
    expect((await health(url, 'ready')).status).toBe(200);
    const stopped = child.stop(27_000);
    await eventually(async () => (await health(url, 'ready')).status === 503, { everyMs: 10 });
    expect(await health(url, 'ready')).toMatchObject({
      status: 503,
      body: { code: 'unavailable', detail: 'This process is shutting down.' },
    });
    expect((await health(url, 'live')).status).toBe(200);
    expect((await fetch(`${url}/v1/configuration`)).status).toBe(401);
    await stopped;
  });
});

describe('A worker that ends', () => {
  it('is not ready while it finishes what it has begun', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const acs = await startAcs({ withoutBull: true, workerEnv: { METRICS_PORT: String(port) } });
    const release = acs.mailbox.hold();
    try {
      await acs.api('acme').createChallenge({ policyAlias: 'password-reset', recipient: 'ada@example.com' });
      await eventually(async () =>
        /^acs_delivery_in_flight 1$/m.test(await (await fetch(`${url}/metrics`)).text()),
      );
      const stopped = acs.workers[0]!.child.stop(27_000);
      await eventually(async () => (await health(url, 'ready')).status === 503, { everyMs: 10 });
      expect((await health(url, 'ready')).body.status).toBe('shutting_down');
      release();
      expect(await stopped).toBe(0);
      expect(acs.mailbox.to('ada@example.com')).toHaveLength(1);
    } finally {
      release();
      await acs.stop();
    }
  });
});

describeOnRedis('A worker without its Redis', () => {
  it('is degraded, not dead', async () => {
    const redis = await startKillableRedis();
    const { url } = await worker({ REDIS_URL: redis!.url });
    const isIn = async (mode: string): Promise<boolean> =>
      JSON.stringify((await health(url, 'ready')).body.info).includes(`"mode":"${mode}"`);
    try {
      await eventually(async () => await isIn('bull'));
      expect((await health(url, 'ready')).body.status).toBe('ok');
    } finally {
      await redis!.stop();
    }
    await eventually(async () => await isIn('direct'));
    expect(await health(url, 'ready')).toMatchObject({
      status: 200,
      body: { status: 'degraded', info: { redis: { status: 'degraded', mode: 'direct' } } },
    });
    expect((await health(url, 'live')).status).toBe(200);
  });
});
