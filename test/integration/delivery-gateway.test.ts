import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { emailFields, GatewayProvider } from '../../src/delivery/channels/gateway-provider.js';
import {
  answer,
  type Answer,
  breakOff,
  endless,
  neverAnswer,
  ProviderServer,
} from '../support/recording-provider-server.js';
import { createDeliveryDatabase, type DeliveryDatabase, redisDatabaseUrl } from './delivery-database.js';
import { DeliveryRig, FAST, type Mode } from './delivery-rig.js';

const REDIS_URL = redisDatabaseUrl(11);
const MODES: [string, Mode][] = [['straight', { kind: 'direct' }]];
if (REDIS_URL !== undefined) MODES.push(['through Bull', { kind: 'bull', redisUrl: REDIS_URL }]);

const TAKEN = answer(202, '{"id":"M1"}');

let database: DeliveryDatabase;
let rig: DeliveryRig;
let gateway: ProviderServer;
const providers: GatewayProvider<never>[] = [];

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createDeliveryDatabase();
});

afterAll(async () => {
  await database.drop();
});

beforeEach(async () => {
  rig = new DeliveryRig(database);
  gateway = await ProviderServer.listen();
});

afterEach(async () => {
  await rig.stopAll();
  await Promise.all(providers.splice(0).map((provider) => provider.close()));
  await gateway.close();
  await database.query('DELETE FROM delivery');
});

describe.each(MODES)('A delivery that goes %s to an HTTP gateway', (_, mode) => {
  /** Starts a worker whose gateway answers one after the other, the last answer for ever; `at` holds when it was asked. */
  const start = async (...answers: readonly Answer[]): Promise<number[]> => {
    const at: number[] = [];
    gateway.behaviour = (response) => {
      at.push(performance.now());
      (answers[at.length - 1] ?? answers.at(-1)!)(response);
    };
    const url = new URL(`gateway+http://${gateway.host}/mail?secret=a-shared-secret-of-the-gateway`);
    const provider = new GatewayProvider({ scheme: 'gateway+http', url }, emailFields);
    providers.push(provider);
    await rig.start({ mode, providers: [provider] });
    return at;
  };

  const outcomes = async (id: string): Promise<(string | null)[]> =>
    (await rig.attempts(id)).map(({ outcome }) => outcome);

  it('waits as long as the gateway asks, and no attempt is spent meanwhile', async () => {
    const at = await start(answer(429, '', { 'retry-after': '2' }), TAKEN);
    const id = await rig.add();
    expect(await rig.until(id, ['SENT'])).toMatchObject({ attempts: 2, provider_message_id: 'M1' });
    expect(at[1]! - at[0]!).toBeGreaterThan(1_950);
    expect(await outcomes(id)).toEqual(['TRANSIENT', 'SENT']);
  });

  it('ends when the gateway asks for more time than the message is of use', async () => {
    await start(answer(429, '', { 'retry-after': '3600' }));
    const id = await rig.add();
    expect(await rig.until(id, ['FAILED'])).toMatchObject({ attempts: 1, error: 'TOO_LATE' });
  });

  it('goes out once the gateway has recovered, the same bytes', async () => {
    await start(answer(503), answer(500, '<html>'), TAKEN);
    const id = await rig.add();
    expect(await rig.until(id, ['SENT'])).toMatchObject({ attempts: 3 });
    expect(await outcomes(id)).toEqual(['TRANSIENT', 'TRANSIENT', 'SENT']);
    expect(new Set(gateway.requests.map(({ body }) => body)).size).toBe(1);
  });

  it('does not follow a redirect to another address, whatever the method', async () => {
    const inside = await ProviderServer.listen();
    const redirects = [301, 302, 303, 307, 308].map((status) =>
      answer(status, '', { location: `http://${inside.host}/latest/meta-data` }),
    );
    await start(...redirects.slice(0, 3), TAKEN);
    const first = await rig.add();
    expect(await rig.until(first, ['SENT'])).toMatchObject({ attempts: 4 });
    await rig.stopAll();
    await start(...redirects.slice(3), TAKEN);
    const second = await rig.add();
    expect(await rig.until(second, ['SENT'])).toMatchObject({ attempts: 3 });
    expect(inside.requests).toEqual([]);
    await inside.close();
  });

  it('is sent, and holds nobody up, when the good answer has a body without an end', async () => {
    await start(endless(200), breakOff(200), TAKEN);
    const ids = [await rig.add(), await rig.add(), await rig.add()];
    for (const id of ids) expect(await rig.until(id, ['SENT'], 5_000)).toMatchObject({ attempts: 1 });
    expect(gateway.requests).toHaveLength(3);
  });

  it('is repeated under the same identifier when no answer came in time', async () => {
    const at = await start(neverAnswer, TAKEN);
    const id = await rig.add();
    expect(await rig.until(id, ['SENT'])).toMatchObject({ attempts: 2 });
    expect(at[1]! - at[0]!).toBeGreaterThan(FAST.sendMs - 50);
    expect(await outcomes(id)).toEqual(['UNKNOWN', 'SENT']);
    expect(gateway.requests.map(({ body }) => (JSON.parse(body) as { id: string }).id)).toEqual([id, id]);
  });
});
