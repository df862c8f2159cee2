import { describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { Dispatcher } from '../../src/delivery/application/dispatcher.js';
import { ProviderError } from '../../src/delivery/application/provider.js';
import { accept, type Behaviour, hang, RecordingProvider } from '../support/recording-provider.js';
import { describeOnRedis } from '../support/redis-server.js';
import { type DeliveryDatabase, redisDatabaseUrl } from './delivery-database.js';
import { CODE, type DeliveryRig, eventually, FAST, type Mode, RECIPIENT, TENANT } from './delivery-rig.js';
import { deliveryModes, settingOfDeliveries } from './delivery-setting.js';

const REDIS_INDEX = 12;

const refuse =
  (kind: 'TRANSIENT' | 'PERMANENT' | 'UNKNOWN', detail = 'test'): Behaviour =>
  () =>
    Promise.reject(new ProviderError(kind, detail));

let database: DeliveryDatabase;
let redis: Redis | undefined;
let rig: DeliveryRig;
settingOfDeliveries(REDIS_INDEX, (setting) => ({ database, redis, rig } = setting));

describe.each(deliveryModes(REDIS_INDEX))('A committed delivery that goes %s', (_, mode) => {
  it('is sent once, recorded and audited', async () => {
    const provider = new RecordingProvider();
    await rig.start({ mode, providers: [provider] });
    const id = await rig.add();
    const row = await rig.until(id, ['SENT']);
    expect(row).toMatchObject({
      attempts: 1,
      due_at: null,
      error: null,
      provider: 'recording',
      provider_message_id: `accepted-${id}`,
    });
    expect(row.sent_at).not.toBeNull();
    expect(row.ended_at).not.toBeNull();
    expect(row.message_sealed).not.toBeNull();
    expect(provider.received).toHaveLength(1);
    expect(provider.received[0]).toMatchObject({
      to: RECIPIENT,
      subject: 'Your code',
      text: `Your code is ${CODE}`,
    });
    expect(await rig.attempts(id)).toEqual([{ outcome: 'SENT', error: null, provider: 'recording' }]);
    expect(await rig.auditEvents(id)).toEqual(['delivery.sent']);
  });

  it('is sent once however many workers there are', async () => {
    const provider = new RecordingProvider();
    await Promise.all([1, 2, 3].map(() => rig.start({ mode, providers: [provider] })));
    const ids: string[] = [];
    while (ids.length < 300) ids.push(...(await Promise.all([1, 2, 3, 4, 5].map(() => rig.add()))));
    await eventually(async () => {
      const open = await database.query(`SELECT 1 FROM delivery WHERE status <> 'SENT'`);
      return open.length === 0 ? true : undefined;
    }, 45_000);
    expect(ids.map((id) => provider.times(id)).filter((times) => times !== 1)).toEqual([]);
  }, 60_000);

  it('goes out again after refusals for now, with the same content', async () => {
    const provider = new RecordingProvider([
      refuse('TRANSIENT'),
      refuse('TRANSIENT'),
      refuse('UNKNOWN'),
      accept,
    ]);
    await rig.start({ mode, providers: [provider] });
    const id = await rig.add();
    await rig.until(id, ['SENT']);
    expect((await rig.attempts(id)).map(({ outcome }) => outcome)).toEqual([
      'TRANSIENT',
      'TRANSIENT',
      'UNKNOWN',
      'SENT',
    ]);
    expect(new Set(provider.received.map((message) => JSON.stringify(message))).size).toBe(1);
  });

  it('ends FAILED when every attempt is refused', async () => {
    const provider = new RecordingProvider([refuse('TRANSIENT', 'busy')]);
    await rig.start({ mode, providers: [provider] });
    const id = await rig.add();
    expect(await rig.until(id, ['FAILED'])).toMatchObject({
      attempts: 4,
      error: 'PROVIDER_UNAVAILABLE',
      due_at: null,
    });
    expect(provider.times(id)).toBe(4);
    expect(await rig.auditEvents(id)).toEqual(['delivery.failed']);
  });

  it('is not tried again after a refusal for good', async () => {
    const provider = new RecordingProvider([refuse('PERMANENT', 'smtp-550-5.1.1')]);
    await rig.start({ mode, providers: [provider] });
    const id = await rig.add();
    expect(await rig.until(id, ['FAILED'])).toMatchObject({ attempts: 1, error: 'PROVIDER_REFUSED' });
    expect(await rig.attempts(id)).toEqual([
      { outcome: 'PERMANENT', error: 'smtp-550-5.1.1', provider: 'recording' },
    ]);
  });

  it('is not repeated blindly to a provider that cannot tell a repeat', async () => {
    const provider = new RecordingProvider([refuse('UNKNOWN')], 'unaware', false);
    await rig.start({ mode, providers: [provider] });
    const id = await rig.add();
    expect(await rig.until(id, ['UNKNOWN'])).toMatchObject({ attempts: 1, error: 'OUTCOME_UNKNOWN' });
    expect(provider.times(id)).toBe(1);
  });

  it('goes to the next provider at once when the first refuses for now', async () => {
    const first = new RecordingProvider([refuse('TRANSIENT')], 'first');
    const second = new RecordingProvider([accept], 'second');
    const limits = { ...FAST, backOffBaseMs: 60_000, backOffCapMs: 60_000 };
    await rig.start({ mode, providers: [first, second], limits });
    const id = await rig.add();
    expect(await rig.until(id, ['SENT'])).toMatchObject({ attempts: 2, provider: 'second' });
  });

  it('is taken over when its worker dies after the claim', async () => {
    await rig.add();
    const [claim] = await rig.routing.claim(1, FAST.leaseMs);
    const provider = new RecordingProvider();
    await rig.start({ mode, providers: [provider] });
    expect(await rig.until(claim!.id, ['SENT'])).toMatchObject({ attempts: 1 });
    expect(provider.times(claim!.id)).toBe(1);
  });

  it('is taken over when its worker dies while sending, and the lost attempt stays on record', async () => {
    await rig.add();
    const [claim] = await rig.routing.claim(1, FAST.leaseMs);
    const dying = rig.parts({ providers: [new RecordingProvider()] });
    await dying.begin.execute(claim!, FAST);
    const provider = new RecordingProvider();
    await rig.start({ mode, providers: [provider] });
    expect(await rig.until(claim!.id, ['SENT'])).toMatchObject({ attempts: 2 });
    expect(await rig.attempts(claim!.id)).toEqual([
      { outcome: 'UNKNOWN', error: 'lease-expired', provider: 'recording' },
      { outcome: 'SENT', error: null, provider: 'recording' },
    ]);
  });

  it('ends DEAD when it takes down every worker that touches it', async () => {
    const id = await rig.add();
    const limits = { ...FAST, leaseMs: 1_000, sendMs: 500 };
    const dying = rig.parts({ providers: [new RecordingProvider()], limits });
    for (let crash = 1; crash <= limits.maxAttempts; crash += 1) {
      const claim = await eventually(async () => (await rig.routing.claim(1, limits.leaseMs))[0]);
      expect(await dying.begin.execute(claim, limits)).toMatchObject({ number: crash });
    }
    const provider = new RecordingProvider();
    await rig.start({ mode, providers: [provider], limits });
    expect(await rig.until(id, ['DEAD'])).toMatchObject({
      attempts: 4,
      error: 'ATTEMPTS_EXHAUSTED',
      due_at: null,
    });
    expect(provider.received).toEqual([]);
    expect(await rig.auditEvents(id)).toEqual(['delivery.dead']);
  });

  it('waits while its channel is off, at no cost, and goes out when it is on again', async () => {
    rig.configuration.emailEnabled = false;
    const provider = new RecordingProvider();
    await rig.start({ mode, providers: [provider] });
    const id = await rig.add();
    await eventually(async () => ((await rig.row(id)).fence >= 3 ? true : undefined));
    expect(await rig.row(id)).toMatchObject({ status: 'PENDING', attempts: 0 });
    rig.configuration.emailEnabled = true;
    expect(await rig.until(id, ['SENT'])).toMatchObject({ attempts: 1 });
  });

  it('is given up when its channel stays off for longer than it is of use', async () => {
    rig.configuration.emailEnabled = false;
    const provider = new RecordingProvider();
    await rig.start({ mode, providers: [provider] });
    const id = await rig.add({}, 500);
    expect(await rig.until(id, ['FAILED'])).toMatchObject({ attempts: 0, error: 'TOO_LATE' });
  });

  it('is not sent once it was withdrawn', async () => {
    rig.configuration.emailEnabled = false;
    const provider = new RecordingProvider();
    await rig.start({ mode, providers: [provider] });
    const id = await rig.add();
    await rig.withdraw(id, 'CHALLENGE_ENDED');
    rig.configuration.emailEnabled = true;
    expect(await rig.row(id)).toMatchObject({
      status: 'FAILED',
      error: 'CHALLENGE_ENDED',
      message_sealed: null,
      due_at: null,
    });
    const later = await rig.add();
    await rig.until(later, ['SENT']);
    expect(provider.times(id)).toBe(0);
  });

  it('is recorded as sent though it was withdrawn while on its way', async () => {
    let deliver: () => void = () => undefined;
    const provider = new RecordingProvider([
      () =>
        new Promise((resolve) => {
          deliver = () => {
            resolve({ providerMessageId: null });
          };
        }),
    ]);
    await rig.start({ mode, providers: [provider] });
    const id = await rig.add();
    await eventually(() => Promise.resolve(provider.times(id) === 1 ? true : undefined));
    await rig.withdraw(id, 'SUPERSEDED');
    deliver();
    expect(await rig.until(id, ['SENT'])).toMatchObject({ message_sealed: null, error: null });
  });

  it('does not hold up others while a provider hangs', async () => {
    const provider = new RecordingProvider([hang, accept]);
    await rig.start({ mode, providers: [provider] });
    const slow = await rig.add();
    await eventually(() => Promise.resolve(provider.times(slow) === 1 ? true : undefined));
    const quick = await rig.add();
    await rig.until(quick, ['SENT'], 900);
    expect(await rig.until(slow, ['SENT'])).toMatchObject({ attempts: 2 });
  });

  it('is given back when its worker stops before it was begun', async () => {
    const slow = new RecordingProvider([hang]);
    const worker = await rig.start({
      mode,
      providers: [slow],
      concurrency: 1,
      limits: { ...FAST, sendMs: 1_500 },
    });
    const first = await rig.add();
    await eventually(() => Promise.resolve(slow.times(first) === 1 ? true : undefined));
    const second = await rig.add();
    await eventually(async () => ((await rig.row(second)).fence === 1 ? true : undefined));
    const third = new RecordingProvider();
    const stopping = worker.stop();
    await rig.start({ mode, providers: [third] });
    await stopping;
    await rig.until(second, ['SENT']);
    await rig.until(first, ['SENT']);
  });
});

describe('A claim that cannot be handed over', () => {
  it('is given back at once, not when its lease is over', async () => {
    const provider = new RecordingProvider();
    const limits = { ...FAST, leaseMs: 60_000 };
    await rig.start({ mode: { kind: 'direct' }, providers: [provider], limits, around: failingOnce });
    const id = await rig.add();
    expect(await rig.until(id, ['SENT'], 5_000)).toMatchObject({ attempts: 1, fence: 3 });
  });
});

describe('A fence', () => {
  it('keeps a worker that lost its lease from recording an outcome', async () => {
    const provider = new RecordingProvider();
    const stale = rig.parts({ providers: [provider] });
    const id = await rig.add();
    const [claim] = await rig.routing.claim(1, FAST.leaseMs);
    const attempt = await stale.begin.execute(claim!, FAST);
    const successor = await eventually(async () => (await rig.routing.claim(1, 60_000))[0]);
    await stale.conclude.execute(attempt!, { kind: 'SENT', providerMessageId: 'late' }, FAST);
    expect(await rig.row(id)).toMatchObject({ status: 'SENDING', sent_at: null, fence: successor.fence });
    stale.work.take([successor]);
    await stale.work.settle(10_000);
    expect(await rig.row(id)).toMatchObject({ status: 'SENT', attempts: 2 });
    expect(await rig.attempts(id)).toMatchObject([{ outcome: 'UNKNOWN' }, { outcome: 'SENT' }]);
  });

  it('lets one claim begin one attempt, however often it is handed out', async () => {
    const { begin } = rig.parts({ providers: [new RecordingProvider()] });
    const id = await rig.add();
    const [claim] = await rig.routing.claim(1, 60_000);
    const attempts = await Promise.all(Array.from({ length: 10 }, () => begin.execute(claim!)));
    expect(attempts.filter((attempt) => attempt !== undefined)).toHaveLength(1);
    expect(await begin.execute(claim!)).toBeUndefined();
    expect(await rig.row(id)).toMatchObject({ status: 'SENDING', attempts: 1 });
  });

  it('lets a claim begin nothing once its lease is over', async () => {
    const provider = new RecordingProvider();
    const { work } = rig.parts({ providers: [provider] });
    const id = await rig.add();
    const [claim] = await rig.routing.claim(1, 1_000);
    await eventually(async () =>
      (await rig.row(id)).due_at! < new Date(Date.now() - 50) ? true : undefined,
    );
    work.take([claim!]);
    await work.settle(10_000);
    expect(provider.received).toEqual([]);
    expect(await rig.row(id)).toMatchObject({ status: 'PENDING', attempts: 0 });
  });
});

describeOnRedis('Redis', () => {
  const mode: Mode = { kind: 'bull', redisUrl: redisDatabaseUrl(REDIS_INDEX) ?? '' };

  it('may lose everything: what was queued is queued again', async () => {
    const provider = new RecordingProvider([
      async () => {
        await eventually(() => Promise.resolve(provider.received.length >= 4 ? true : undefined), 900);
        return { providerMessageId: null };
      },
      accept,
    ]);
    const ids = await Promise.all(Array.from({ length: 40 }, () => rig.add()));
    await rig.start({ mode, providers: [provider], concurrency: 4 });
    for (let flush = 0; flush < 5; flush += 1) {
      await redis!.flushdb();
      await eventually(() => Promise.resolve(provider.received.length > flush ? true : undefined));
    }
    await Promise.all(ids.map((id) => rig.until(id, ['SENT'], 30_000)));
  }, 60_000);

  it('holds neither content nor recipient', async () => {
    const provider = new RecordingProvider([hang]);
    await rig.start({ mode, providers: [provider], concurrency: 2, limits: { ...FAST, sendMs: 1_500 } });
    await Promise.all(Array.from({ length: 5 }, () => rig.add()));
    await eventually(() => Promise.resolve(provider.received.length === 2 ? true : undefined));
    const seen = (await dump(redis!)).toString('latin1');
    expect(seen).toContain('claims');
    for (const secret of [RECIPIENT, CODE, TENANT, 'anna.canary'])
      for (const form of [
        secret,
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
        Buffer.from(secret).toString('hex'),
      ])
        expect(seen).not.toContain(form);
  });
});

/** A dispatcher that fails the first time. */
function failingOnce(inner: Dispatcher): Dispatcher {
  let failures = 0;
  return {
    mode: inner.mode,
    start: () => inner.start(),
    room: () => inner.room(),
    dispatch: async (claims) => {
      failures += 1;
      if (failures === 1) throw new Error('Redis refused a job');
      await inner.dispatch(claims);
    },
    stop: (drainMs) => inner.stop(drainMs),
  };
}

/** Every key and value, of whatever type. */
async function dump(client: Redis): Promise<Buffer> {
  const keys = await client.keys('*');
  const values = await Promise.all(
    keys.map(async (key) => {
      switch (await client.type(key)) {
        case 'hash':
          return Object.entries(await client.hgetallBuffer(key)).flatMap(([field, value]) => [
            Buffer.from(field),
            value,
          ]);
        case 'list':
          return await client.lrangeBuffer(key, 0, -1);
        case 'zset':
          return await client.zrangeBuffer(key, 0, -1);
        case 'set':
          return await client.smembersBuffer(key);
        default:
          return [(await client.getBuffer(key)) ?? Buffer.alloc(0)];
      }
    }),
  );
  return Buffer.concat([...keys.map((key) => Buffer.from(key)), ...values.flat()]);
}
