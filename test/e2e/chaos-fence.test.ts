import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type Acs, startAcs } from '../support/acs.js';
import { ChaosProvider, type FaultPoint } from '../support/chaos-provider.js';
import { CoreDatabase } from '../support/core-database.js';
import { SOAK } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';
import { redisServerUrl } from '../support/redis-server.js';

const MINUTE = 60_000;
const ROUNDS = SOAK ? 20 : 1;
/** How long a worker sleeps at least; its lease is over after 12 s. */
const SLEEP_MS = SOAK ? 40_000 : 0;
const NOT_RECORDED = 'the outcome came after the lease was over and was not recorded';
const POINTS = ['before the message', 'after the message, before the reply'] as const;

interface Delivery {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly fence: number;
}

/** The next hand-over waits at the point until it is let go on. */
function stopAt(provider: ChaosProvider, point: FaultPoint): { reached: Promise<void>; letGo: () => void } {
  let letGo: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (letGo = resolve));
  const reached = new Promise<void>((resolve) => {
    provider.at = async (at) => {
      if (at !== point) return;
      provider.at = () => Promise.resolve();
      resolve();
      await gone;
    };
  });
  return { reached, letGo };
}

/** Falls asleep at the point, in a service of its own. Resolves with how often the message was sent. */
async function sleepAt(point: FaultPoint, withoutBull: boolean): Promise<number> {
  const provider = await ChaosProvider.start();
  const acs = await startAcs({
    withoutBull,
    workerEnv: { EMAIL_PROVIDERS: `smtp://127.0.0.1:${provider.port}?tls=off` },
  });
  try {
    return await sleepIn(acs, provider, point);
  } finally {
    await acs.stop();
    await provider.stop();
  }
}

/** A worker falls asleep in a hand-over. Another takes over, and is at its own hand-over when the first wakes up. */
async function sleepIn(acs: Acs, provider: ChaosProvider, point: FaultPoint): Promise<number> {
  const database = new CoreDatabase(acs.database.superuserUrl);
  const delivery = async (): Promise<Delivery> =>
    (await database.rows<Delivery>('SELECT id, status, attempts, fence FROM delivery'))[0]!;

  const first = stopAt(provider, point);
  await acs.api('acme').createChallenge({ policyAlias: 'password-reset', recipient: 'anna@example.com' });
  await first.reached;
  const sleeper = acs.workers[0]!;
  process.kill(sleeper.child.pid, 'SIGSTOP');
  await delay(SLEEP_MS);

  const second = stopAt(provider, 'before the message');
  await acs.addWorker();
  await second.reached;
  const taken = await delivery();
  expect(taken).toMatchObject({ status: 'SENDING', attempts: 2 });
  first.letGo();
  process.kill(sleeper.child.pid, 'SIGCONT');
  await eventually(() => sleeper.lines.some((line) => line.includes(NOT_RECORDED)), { timeoutMs: 6_000 });
  expect(await delivery()).toEqual(taken);

  second.letGo();
  await eventually(async () => (await delivery()).status !== 'SENDING');
  expect(await delivery()).toEqual({ ...taken, status: 'SENT' });
  const sends = provider.byDelivery().get(taken.id) ?? [];
  expect(sends).toHaveLength(point === 'before the message' ? 1 : 2);
  expect(new Set(sends.map(({ digest }) => digest)).size).toBe(1);
  expect(await database.audit(taken.id)).toEqual([{ event: 'delivery.sent', reason: null }]);
  const attempts = await database.rows<{ outcome: string }>(
    'SELECT outcome FROM delivery_attempt ORDER BY number',
  );
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['UNKNOWN', 'SENT']);
  return sends.length;
}

async function sleepAtAll(mode: 'bull' | 'direct'): Promise<void> {
  const sends: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    sends.push(...(await Promise.all(POINTS.map((point) => sleepAt(point, mode === 'direct')))));
  const duplicates = sends.reduce((sum, count) => sum + count - 1, 0);
  console.info(JSON.stringify({ mode, rounds: ROUNDS, slept: sends.length, duplicates }));
}

const itOnRedis = redisServerUrl() ? it.concurrent : it.concurrent.skip;
const DURATION_MS = (ROUNDS + 1) * 2 * MINUTE;

/** The two ways of delivery go at the same time: most of it is waiting for leases. */
describe('A worker that slept past its lease, and its lock, records nothing over its successor', () => {
  it.concurrent('without Redis', () => sleepAtAll('direct'), DURATION_MS);
  itOnRedis('with Bull', () => sleepAtAll('bull'), DURATION_MS);
});
