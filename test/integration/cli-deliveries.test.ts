import { userInfo } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ProviderError } from '../../src/delivery/application/provider.js';
import { acs, type CliRun } from '../support/cli.js';
import { accept, type Behaviour, RecordingProvider } from '../support/recording-provider.js';
import { createDeliveryDatabase, type DeliveryDatabase } from './delivery-database.js';
import { CODE, DeliveryRig, RECIPIENT, TENANT } from './delivery-rig.js';

const refuse =
  (kind: 'TRANSIENT' | 'PERMANENT', detail: string): Behaviour =>
  () =>
    Promise.reject(new ProviderError(kind, detail));

let database: DeliveryDatabase;
let rig: DeliveryRig;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createDeliveryDatabase();
  rig = new DeliveryRig(database);
});

afterAll(async () => {
  await database.drop();
});

afterEach(async () => {
  await rig.stopAll();
  await database.query('DELETE FROM delivery');
});

const deliveries = async (...args: string[]): Promise<CliRun> =>
  await acs(['deliveries', ...args, '--tenant', TENANT], { env: { DATABASE_URL: database.workerUrl } });

const idsOf = ({ out }: CliRun): string[] => out.map((line) => (JSON.parse(line) as { id: string }).id);

/** A delivery of a challenge in a state. */
const add = async (state = 'ISSUED', usefulMs = 120_000): Promise<string> => {
  const challengeId = uuidv7();
  const id = await rig.add({ challengeId }, usefulMs);
  await database.query(
    `INSERT INTO challenge (tenant_id, id, type, state, policy_id, policy_alias, policy_version, require_action,
       recipient_masked, metadata, answer_key_id, answer_mac, attempts_max, resends_max, complete_within_seconds,
       delivery_id, created_at, expires_at, ended_at)
     VALUES ($1, $2, 'EMAIL_OTP', $3, gen_random_uuid(), 'p', 1, false, 'a••@e••••••.test', '{}', 'k1', '', 5, 3, 300,
       $4, now(), now() + interval '5 min', CASE WHEN $3 IN ('ISSUED', 'VERIFIED') THEN NULL ELSE now() END)`,
    [TENANT, challengeId, state, id],
  );
  return id;
};

/** One that a provider refused for good. */
const addFailed = async (state?: string, usefulMs?: number): Promise<string> => {
  const id = await add(state, usefulMs);
  await database.query(
    `UPDATE delivery SET status = 'FAILED', error = 'PROVIDER_REFUSED', due_at = NULL, ended_at = now(), attempts = 1
     WHERE id = $1`,
    [id],
  );
  return id;
};

describe('deliveries list', () => {
  it('prints the newest first, chosen by status, channel and time, up to the limit', async () => {
    const [first, second, third] = [await add(), await addFailed(), await add()];
    await database.query(
      `UPDATE delivery SET channel = 'SMS', created_at = now() - interval '2 h' WHERE id = $1`,
      [first],
    );
    expect(idsOf(await deliveries('list', '--json'))).toEqual([third, second, first]);
    expect(idsOf(await deliveries('list', '--json', '--limit', '2'))).toEqual([third, second]);
    expect(idsOf(await deliveries('list', '--json', '--status', 'FAILED'))).toEqual([second]);
    expect(idsOf(await deliveries('list', '--json', '--channel', 'SMS'))).toEqual([first]);
    expect(idsOf(await deliveries('list', '--json', '--since', '1h'))).toEqual([third, second]);
    expect(idsOf(await deliveries('dead', '--json'))).toEqual([]);
  });

  it('prints a line for people, the recipient masked', async () => {
    const id = await addFailed();
    const { code, out } = await deliveries('list');
    expect(code).toBe(0);
    expect(out).toEqual([
      expect.stringMatching(
        new RegExp(
          `^\\S+Z {2}${id} {2}EMAIL {2}FAILED +1 attempt {2}a••@e••••••\\.test {2}PROVIDER_REFUSED$`,
        ),
      ),
    ]);
  });

  it("says so when there is nothing, and shows no other tenant's", async () => {
    await rig.add({}, 60_000, 'globex');
    const { code, out, notes } = await deliveries('list');
    expect({ code, out }).toEqual({ code: 0, out: [] });
    expect(notes[0]).toContain('has no deliveries');
  });

  it('refuses a status that is none', async () => {
    expect((await deliveries('list', '--status', 'LOST')).code).toBe(2);
  });
});

describe('deliveries show', () => {
  it('tells each attempt: number, provider, times, outcome and class of error, and no word of the message', async () => {
    const provider = new RecordingProvider([refuse('TRANSIENT', 'smtp-451-4.7.1'), accept]);
    await rig.start({ mode: { kind: 'direct' }, providers: [provider] });
    const id = await add();
    await rig.until(id, ['SENT']);
    const { out } = await deliveries('show', id);
    expect(out.filter((line) => line.startsWith('attempt'))).toEqual([
      expect.stringMatching(/^attempt 1 .*Z {2}TRANSIENT +recording \d+ ms smtp-451-4\.7\.1$/),
      expect.stringMatching(/^attempt 2 .*Z {2}SENT +recording \d+ ms$/),
    ]);
    const json = (await deliveries('show', id, '--json')).out.join('\n');
    expect(JSON.parse(json)).toMatchObject({ id, status: 'SENT', history: [{ number: 1 }, { number: 2 }] });
    for (const secret of [CODE, RECIPIENT]) expect(out.join('\n') + json).not.toContain(secret);
  });

  it('does not know of what is not there', async () => {
    const { code, notes } = await deliveries('show', uuidv7());
    expect(code).toBe(1);
    expect(notes[0]).toContain('has no delivery');
  });
});

describe('deliveries retry', () => {
  it('has what failed sent after all, with the usual attempts anew, and puts it on record', async () => {
    const provider = new RecordingProvider([
      ...Array.from({ length: 7 }, () => refuse('TRANSIENT', 'busy')),
      accept,
    ]);
    await rig.start({ mode: { kind: 'direct' }, providers: [provider] });
    const id = await add();
    await rig.until(id, ['FAILED']);
    const { code, out } = await deliveries('retry', id, '--by', 'Ada, ticket 4711');
    expect({ code, out }).toEqual({ code: 0, out: [expect.stringContaining('8 attempts in all')] });
    expect(await rig.until(id, ['SENT'])).toMatchObject({ attempts: 8, error: null });
    expect(await rig.auditEvents(id)).toEqual(['delivery.failed', 'delivery.retried', 'delivery.sent']);
    const [row] = await database.query(
      `SELECT issuer, client, detail FROM audit WHERE object_id = $1 AND event = 'delivery.retried'`,
      [id],
    );
    expect(row).toMatchObject({
      issuer: 'acs-cli',
      client: 'Ada, ticket 4711',
      detail: { was: 'FAILED', error: 'PROVIDER_UNAVAILABLE', attempts: 4, channel: 'EMAIL' },
    });
  });

  it('revives what is DEAD', async () => {
    const id = await add();
    await database.query(
      `UPDATE delivery SET status = 'DEAD', attempts = 4, due_at = NULL, ended_at = now() WHERE id = $1`,
      [id],
    );
    expect(idsOf(await deliveries('dead', '--json'))).toEqual([id]);
    expect((await deliveries('retry', id)).code).toBe(0);
    expect(
      await database.query(`SELECT client FROM audit WHERE object_id = $1 AND event = 'delivery.retried'`, [
        id,
      ]),
    ).toEqual([{ client: userInfo().username }]);
    await rig.start({ mode: { kind: 'direct' }, providers: [new RecordingProvider()] });
    await rig.until(id, ['SENT']);
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    ['is on its way', () => add(), /it is PENDING/],
    ['is of a challenge that is over', () => addFailed('COMPLETED'), /its challenge is COMPLETED/],
    ['would come too late', () => addFailed('ISSUED', -1), /too late/],
    [
      'holds no message any more',
      async () => {
        const id = await addFailed();
        await database.query('UPDATE delivery SET message_sealed = NULL WHERE id = $1', [id]);
        return id;
      },
      /its message was erased/,
    ],
    [
      'was sent anew since',
      async () => {
        const id = await addFailed();
        await database.query('UPDATE challenge SET delivery_id = gen_random_uuid() WHERE delivery_id = $1', [
          id,
        ]);
        return id;
      },
      /a later delivery/,
    ],
    [
      'has had all the attempts there are',
      async () => {
        const id = await addFailed();
        await database.query('UPDATE delivery SET attempts = 8 WHERE id = $1', [id]);
        return id;
      },
      /has had 8 attempts/,
    ],
  ])('says why not of one that %s, and changes nothing', async (_, prepare, why) => {
    const id = await prepare();
    const before = await rig.row(id);
    const { code, out, notes } = await deliveries('retry', id);
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(notes.join()).toMatch(why);
    expect(await rig.row(id)).toEqual(before);
    expect(await rig.auditEvents(id)).not.toContain('delivery.retried');
  });

  it('is done once by many who ask at once', async () => {
    const id = await addFailed();
    const codes = await Promise.all(
      Array.from({ length: 6 }, async () => (await deliveries('retry', id)).code),
    );
    expect(codes.filter((code) => code === 0)).toHaveLength(1);
    expect(await rig.auditEvents(id)).toEqual(['delivery.retried']);
    expect(await rig.row(id)).toMatchObject({ status: 'PENDING' });
  });

  it("does not reach another tenant's", async () => {
    const id = await rig.add({}, 60_000, 'globex');
    await database.query(`UPDATE delivery SET status = 'FAILED', due_at = NULL WHERE id = $1`, [id]);
    expect((await deliveries('retry', id)).notes.join()).toContain('has no delivery');
  });
});
