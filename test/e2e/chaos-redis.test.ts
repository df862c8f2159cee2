import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { freePort } from '../../scripts/quickstart/ports.js';
import { type Acs, startAcs } from '../support/acs.js';
import { SOAK } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';
import { type RedisNode, RedisNodes } from '../support/redis-nodes.js';
import { databaseServerUrl, describeOnRedis } from '../support/services.js';

const MINUTE = 60_000;
/** By when workers have to be at it again, without a hand. */
const RESUME_MS = 45_000;
const ROUNDS = SOAK ? 20 : 1;

let nodes: RedisNodes;
let acs: Acs | undefined;
let people = 0;

const start = async (redisUrl: string): Promise<Acs> =>
  (acs = await startAcs({ servers: { databaseUrl: databaseServerUrl(), redisUrl }, workers: 2 }));

/** Creates challenges while something happens and a little longer; resolves with the recipients. */
async function createThroughout(happening: () => Promise<unknown>): Promise<string[]> {
  const api = acs!.api('acme');
  const recipients: string[] = [];
  const over = new AbortController();
  const creating = (async () => {
    while (!over.signal.aborted) {
      const recipient = `redis-${(people += 1)}@example.com`;
      const { status } = await api.createChallenge({ policyAlias: 'password-reset', recipient });
      expect(status).toBe(201);
      recipients.push(recipient);
      await delay(50);
    }
  })();
  await delay(300);
  await happening();
  await delay(1_500);
  over.abort();
  await creating;
  return recipients;
}

/** Each recipient has a message, once, and what comes next arrives as well. */
async function expectAllToArrive(recipients: readonly string[]): Promise<void> {
  const last = `redis-${(people += 1)}@example.com`;
  await acs!.api('acme').createChallenge({ policyAlias: 'password-reset', recipient: last });
  const missing = (): string[] => [...recipients, last].filter((to) => acs!.mailbox.to(to).length === 0);
  await eventually(() => missing().length === 0, { timeoutMs: RESUME_MS }).catch(() => undefined);
  expect(missing()).toEqual([]);
  expect(acs!.mailbox.mails.length).toBe(new Set(acs!.mailbox.mails.map(({ to }) => to)).size);
}

/** What the workers said last about the queue. */
function pathsOf(): (string | undefined)[] {
  return acs!.workers.map(({ lines }) =>
    lines
      .map((line) => /deliveries go (through|without) Bull/.exec(line)?.[1])
      .findLast((path) => path !== undefined),
  );
}

async function expectBullAgain(): Promise<void> {
  await eventually(() => pathsOf().every((path) => path !== 'without'), { timeoutMs: RESUME_MS });
}

describeOnRedis('What befalls Redis', () => {
  beforeEach(async () => {
    nodes = await RedisNodes.open();
  });

  afterEach(async () => {
    await acs?.stop();
    acs = undefined;
    await nodes.stop();
  }, MINUTE);

  it(
    'is not felt by callers and loses nothing: emptied, out of memory, refusing writes',
    async () => {
      const redis = await nodes.add(['maxmemory-policy noeviction']);
      await start(`redis://127.0.0.1:${redis.port}`);
      for (let round = 0; round < ROUNDS; round += 1) {
        await expectAllToArrive(
          await createThroughout(async () => {
            for (let flush = 0; flush < 20; flush += 1) {
              await redis.client.flushall();
              await delay(30);
            }
          }),
        );
        await expectAllToArrive(
          await createThroughout(async () => {
            await redis.client.config('SET', 'maxmemory', '1');
            await delay(1_000);
            await redis.client.config('SET', 'maxmemory', '0');
          }),
        );
        await expectBullAgain();
      }
    },
    ROUNDS * 2 * MINUTE,
  );

  it(
    'is not felt when Sentinel fails over to a replica that is empty',
    async () => {
      const master = await nodes.add(['maxmemory-policy noeviction']);
      const replica = await nodes.add([
        'maxmemory-policy noeviction',
        `replicaof 127.0.0.1 ${master.port}`,
        'replica-priority 1',
      ]);
      await eventually(async () =>
        (await replica.client.info('replication')).includes('master_link_status:up'),
      );
      const sentinel = await nodes.addSentinel(master);
      await eventually(async () => (await sentinelOf(sentinel)).includes('slaves=1'));
      await start(`redis+sentinel://127.0.0.1:${sentinel.port}/acs`);
      const recipients = await createThroughout(async () => {
        await master.child.kill();
        await eventually(async () => (await replica.client.role())[0] === 'master', { timeoutMs: 30_000 });
        await replica.client.flushall();
      });
      await expectAllToArrive(recipients);
      await expectBullAgain();
      await eventually(async () => (await replica.client.keys('*')).length > 0);
    },
    2 * MINUTE,
  );

  it(
    'is not felt in a Cluster of three that loses the node of the queue',
    async () => {
      const cluster = await nodes.addCluster();
      await start(`redis+cluster://${cluster.map(({ port }) => `127.0.0.1:${port}`).join(',')}`);
      await expectAllToArrive(await createThroughout(() => Promise.resolve()));
      const home = await nodeOfTheQueue(cluster);
      const recipients = await createThroughout(async () => {
        await home.child.kill();
        await delay(1_000);
      });
      await expectAllToArrive(recipients);
    },
    2 * MINUTE,
  );

  it('is not felt where there is none yet', async () => {
    await start(`redis://127.0.0.1:${await freePort()}`);
    await expectAllToArrive(await createThroughout(() => Promise.resolve()));
  });
});

async function sentinelOf({ client }: RedisNode): Promise<string> {
  return await client.info('sentinel');
}

async function nodeOfTheQueue(cluster: readonly RedisNode[]): Promise<RedisNode> {
  const sizes = await Promise.all(cluster.map(async ({ client }) => (await client.keys('{acs}*')).length));
  return cluster[sizes.indexOf(Math.max(...sizes))]!;
}
