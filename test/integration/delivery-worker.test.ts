import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { v7 as uuidv7 } from 'uuid';
import { freePort } from '../../scripts/quickstart/ports.js';
import { PgTransactor } from '../../src/database/pg-transactor.js';
import { DEFAULT_SETTINGS } from '../../src/config/domain/configuration.js';
import { senderOf } from '../../src/delivery/application/sender.js';
import { SqlOutbox } from '../../src/delivery/persistence/sql-outbox.js';
import { KeyRing } from '../../src/keys/key-ring.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { startWorker, type TestProcess } from '../support/processes.js';
import { RedisProxy } from '../support/redis-proxy.js';
import { describeOnRedis } from '../support/redis-server.js';
import { SmtpSink } from '../support/smtp-sink.js';
import { createDeliveryDatabase, type DeliveryDatabase, redisDatabaseUrl } from './delivery-database.js';
import { eventually } from './delivery-rig.js';

const TENANT = 'acme';
/** How long a database is away: longer than a restart takes, shorter than a lease. */
const AWAY_MS = 5_000;
const KEY = randomBytes(32).toString('base64');
const POLICY = uuidv7();
const TEMPLATE = {
  defaultLocale: 'en',
  link: null,
  originDomain: null,
  locales: { en: { subject: 'Your code', text: 'Your code is {{ code }}' } },
};

let database: DeliveryDatabase;
let sink: SmtpSink;
let outbox: SqlOutbox;
const started: TestProcess[] = [];

const worker = async (env: NodeJS.ProcessEnv = {}): Promise<TestProcess> => {
  const process = await startWorker({
    NODE_ENV: 'test',
    DATABASE_URL: database.workerUrl,
    SECRET_KEYS: `k1:${KEY}`,
    EMAIL_PROVIDERS: `smtp://127.0.0.1:${sink.port}?tls=off`,
    SMS_PROVIDERS: `mail-gateway://127.0.0.1:${sink.port}?domain=sms.localhost&from=sms@acs.localhost`,
    ...env,
  });
  started.push(process);
  return process;
};

const add = async (changes: { channel?: 'EMAIL' | 'SMS'; recipient?: string } = {}): Promise<string> =>
  await new PgTransactor(database.api).inTenant(TENANT, (tx) =>
    Promise.resolve(
      outbox.add(
        tx,
        {
          challengeId: uuidv7(),
          policyId: POLICY,
          policyVersion: 1,
          channel: 'EMAIL',
          recipient: 'anna@example.test',
          locale: null,
          variables: {
            code: '734218',
            challengeId: uuidv7(),
            expiresInMinutes: 5,
            action: null,
            tenant: TENANT,
            variables: {},
          },
          sender: senderOf(DEFAULT_SETTINGS),
          ...changes,
        },
        new Date(Date.now() + 270_000),
      ),
    ),
  );

const statusOf = async (id: string): Promise<string | undefined> =>
  (await database.query<{ status: string }>('SELECT status FROM delivery WHERE id = $1', [id]))[0]?.status;

const sent = async (id: string, timeoutMs = 10_000): Promise<void> => {
  await eventually(async () => ((await statusOf(id)) === 'SENT' ? true : undefined), timeoutMs);
};

const says = async ({ lines }: TestProcess, text: string, timeoutMs = 15_000): Promise<string> =>
  await eventually(() => Promise.resolve(lines.findLast((line) => line.includes(text))), timeoutMs);

/** The way in which deliveries go, as a worker's metrics tell. */
const modeAt = async (port: number): Promise<string | undefined> => {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return /^acs_delivery_mode\{mode="(\w+)"\} 1$/m.exec(text)?.[1];
};

beforeAll(async () => {
  database = await createDeliveryDatabase();
  outbox = new SqlOutbox(new KeyRing([{ id: 'k1', bytes: Buffer.from(KEY, 'base64') }]));
  await database.query(
    `INSERT INTO policy (tenant_id, id, alias, type, version) VALUES ($1, $2, 'p', 'EMAIL_OTP', 1)`,
    [TENANT, POLICY],
  );
  await database.query(
    `INSERT INTO policy_version (tenant_id, policy_id, version, alias, purpose, conditions, template, created_by_issuer, created_by_client)
     VALUES ($1, $2, 1, 'p', 'ACTION', '{}', $3, 'test', 'test')`,
    [TENANT, POLICY, TEMPLATE],
  );
});

afterAll(async () => {
  await database.drop();
});

beforeEach(async () => {
  sink = await SmtpSink.listen();
});

afterEach(async () => {
  await Promise.all(started.splice(0).map(({ child }) => child.kill()));
  await sink.close();
});

describe('A worker process', () => {
  it('delivers mail and text messages', async () => {
    await worker();
    const mail = await add();
    const text = await add({ channel: 'SMS', recipient: '+31612345678' });
    await Promise.all([sent(mail), sent(text)]);
    const recipients = sink.mails.map(({ commands }) => commands[1]).sort();
    expect(recipients).toEqual(['RCPT TO:<31612345678@sms.localhost>', 'RCPT TO:<anna@example.test>']);
  });

  it('says nothing about recipient or content in its log', async () => {
    sink.behave({ rcpt: '550 5.1.1 <anna@example.test> is unknown, 734218' });
    const process = await worker({ LOG_LEVEL: 'trace' });
    const id = await add();
    await eventually(async () => ((await statusOf(id)) === 'FAILED' ? true : undefined));
    await says(process, 'smtp-550-5.1.1');
    for (const secret of ['anna@', '734218', Buffer.from('734218').toString('base64')])
      expect(process.lines.join('\n')).not.toContain(secret);
  });

  it('finishes what it has begun, gives back the rest and exits with 0 when told to stop', async () => {
    sink.behave({ message: undefined });
    const first = await worker({ WORKER_CONCURRENCY: '1' });
    const slow = await add();
    await eventually(() => Promise.resolve(sink.mails.length === 1 ? true : undefined));
    const waiting = await add();
    await eventually(async () => {
      const [row] = await database.query<{ fence: number }>('SELECT fence FROM delivery WHERE id = $1', [
        waiting,
      ]);
      return row?.fence === 1 ? true : undefined;
    });
    sink.behave({});
    const startedAt = Date.now();
    const exit = first.child.stop(26_000);
    await worker();
    await sent(waiting, 9_000);
    expect(await exit).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(25_000);
    await sent(slow);
    expect(await database.query('SELECT 1 FROM delivery WHERE due_at IS NOT NULL')).toEqual([]);
  });

  it('is replaced when it is killed while it sends: the message goes out within 15 s, the same again', async () => {
    sink.behave({ message: undefined });
    const first = await worker();
    const id = await add();
    await eventually(() => Promise.resolve(sink.mails.length === 1 ? true : undefined));
    const killedAt = Date.now();
    await first.child.kill();
    sink.behave({});
    await worker();
    await sent(id, 15_000);
    expect(Date.now() - killedAt).toBeLessThan(15_000);
    expect(sink.mails).toHaveLength(2);
    expect(sink.mails[1]?.content).toBe(sink.mails[0]?.content);
  });

  describe('whose database goes away while a message is on its way', () => {
    let proxy: PostgresProxy;

    /** A worker whose message was taken, and whose database is gone before it hears of that. */
    const cutOff = async (): Promise<{ process: TestProcess; id: string }> => {
      sink.behave({ message: undefined });
      const process = await worker({ DATABASE_URL: proxy.url });
      const id = await add();
      await eventually(() => Promise.resolve(sink.mails.length === 1 ? true : undefined));
      proxy.leave();
      sink.answer('250 2.0.0 Ok');
      sink.behave({});
      return { process, id };
    };

    beforeEach(async () => {
      proxy = await PostgresProxy.start(database.workerUrl);
    });

    afterEach(async () => {
      await proxy.stop();
    });

    it('records that it was sent once the database is back, and sends nothing twice', async () => {
      const { id } = await cutOff();
      await delay(AWAY_MS);
      proxy.comeBack();
      await sent(id);
      expect(sink.mails).toHaveLength(1);
      expect(await database.query('SELECT attempts FROM delivery WHERE id = $1', [id])).toEqual([
        { attempts: 1 },
      ]);
    });

    it('ends all the same when it is told to stop and the database stays away', async () => {
      const { process } = await cutOff();
      const startedAt = Date.now();
      expect(await process.child.stop(26_000)).toBe(0);
      expect(Date.now() - startedAt).toBeLessThan(25_000);
    });
  });

  it('refuses to start on a template that is not JSON', async () => {
    const notJson = `file:${fileURLToPath(import.meta.url)}`;
    await expect(
      worker({ SMS_PROVIDERS: `gateway+http://127.0.0.1:9/?secret=0123456789abcdef&template=${notJson}` }),
    ).rejects.toThrow(/template of a gateway is not JSON/);
  });
});

describeOnRedis('A worker process with Redis', () => {
  let proxy: RedisProxy;

  beforeEach(async () => {
    proxy = await RedisProxy.listen(redisDatabaseUrl(13) ?? '');
    const redis = new Redis(redisDatabaseUrl(13) ?? '');
    await redis.flushdb();
    redis.disconnect();
  });

  afterEach(async () => {
    await proxy.close();
  });

  it('delivers through Bull and stops with 0', async () => {
    const process = await worker({ REDIS_URL: proxy.url });
    await sent(await add());
    expect(proxy.seen).toContain('delivery-claims');
    expect(await process.child.stop(26_000)).toBe(0);
  });

  it('goes on without Bull five seconds after Redis is gone, and back when it has returned', async () => {
    const port = await freePort();
    const process = await worker({ REDIS_URL: proxy.url, METRICS_PORT: String(port) });
    await sent(await add());
    expect(await modeAt(port)).toBe('bull');
    const goneAt = Date.now();
    await proxy.cut();
    const during = await add();
    await says(process, 'deliveries go without Bull');
    expect(Date.now() - goneAt).toBeLessThanOrEqual(7_000);
    expect(await modeAt(port)).toBe('direct');
    await sent(during);
    await proxy.restore();
    await says(process, 'deliveries go through Bull');
    expect(await modeAt(port)).toBe('bull');
    await sent(await add());
    expect(await process.child.stop(26_000)).toBe(0);
  });

  it('does not stop for good when its connections are half open', async () => {
    const process = await worker({ REDIS_URL: proxy.url });
    await sent(await add());
    proxy.freeze();
    const during = await add();
    await says(process, 'deliveries go without Bull');
    await sent(during);
    proxy.thaw();
    await says(process, 'deliveries go through Bull', 30_000);
    // Redis may still give a job to a connection that it takes to be alive; the delivery is due again after its lease.
    await sent(await add(), 30_000);
  }, 90_000);

  it('goes on without Bull while Redis answers and hands out no jobs', async () => {
    const port = await freePort();
    const process = await worker({
      REDIS_URL: proxy.url,
      METRICS_PORT: String(port),
      WORKER_CONCURRENCY: '2',
    });
    await sent(await add());
    proxy.freezeBlocking();
    const stuck = await Promise.all([add(), add(), add(), add()]);
    await says(process, 'Redis hands out no jobs', 40_000);
    await Promise.all(stuck.map((id) => sent(id, 20_000)));
    // What goes without Bull is no sign that the queue moves again.
    await Promise.all([add(), add()].map(async (id) => sent(await id)));
    // Nor is a worker that is full of it.
    sink.behave({ message: undefined });
    await Promise.all(Array.from({ length: 20 }, () => add()));
    await delay(1_500);
    sink.behave({});
    expect(await modeAt(port)).toBe('direct');
    expect(process.lines.join('\n')).not.toContain('deliveries go through Bull');
    proxy.thaw();
    await says(process, 'deliveries go through Bull', 40_000);
    await sent(await add(), 30_000);
  }, 150_000);

  it('starts and delivers while Redis is away', async () => {
    await proxy.cut();
    await worker({ REDIS_URL: proxy.url });
    await sent(await add(), 15_000);
  });

  it('warns about a Redis that may evict jobs, and in production does not start on it', async () => {
    proxy.evicts = true;
    const process = await worker({ REDIS_URL: proxy.url });
    await says(process, 'Set it to noeviction');
    await expect(worker({ REDIS_URL: proxy.url, NODE_ENV: 'production' })).rejects.toThrow(
      /Set it to noeviction/,
    );
  });
});
