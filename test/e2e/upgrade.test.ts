import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Acs, startAcs } from '../support/acs.js';
import type { ApiClient } from '../support/api-client.js';
import { CoreDatabase } from '../support/core-database.js';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { someone, tally, wrongFor } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';
import { buildOf, findPreviousVersion } from '../support/previous-version.js';
import { migrateDatabase } from '../support/test-database.js';
import {
  begin,
  finish,
  LIFE_POLICIES,
  lifeThatIsCancelled,
  lifeWithAResend,
  lifeWithoutAnEnd,
  type LifeWorld,
  TYPES,
} from '../support/lives.js';
import { Traffic } from '../support/upgrade-traffic.js';

const CUSTOMERS = 8;
const WRONG = 32;
const RIGHT = 16;
const MAILS = 12;

const previous = findPreviousVersion();
const describeOnHistory = 'commit' in previous ? describe : describe.skip;
const reason = 'absent' in previous ? `, which cannot be tried here: ${previous.absent}` : '';

describeOnHistory(`An upgrade from the version before the newest migration${reason}`, () => {
  let build: string;

  beforeAll(() => {
    if ('commit' in previous) build = buildOf(previous.commit);
  }, 120_000);

  describe('once the schema is the new one, with both versions beside each other,', () => {
    let acs: Acs;
    let database: CoreDatabase;
    let byNew: ApiClient;
    let byOld: ApiClient;

    beforeAll(async () => {
      acs = await startAcs({ policies: LIFE_POLICIES });
      await Promise.all([acs.addApi({}, build), acs.addWorker({}, build)]);
      database = new CoreDatabase(acs.database.superuserUrl);
      [byNew, byOld] = [acs.api('acme', undefined, 0), acs.api('acme', undefined, 1)];
    });

    afterAll(async () => {
      await acs.stop();
    });

    /** Each step is taken on the other version than the one before, beginning with that of the caller. */
    function alternating(first: ApiClient): LifeWorld {
      let last = first === byNew ? byOld : byNew;
      const next = (): ApiClient => (last = last === byNew ? byOld : byNew);
      return { mailbox: acs.mailbox, database, next };
    }

    async function onBoth(live: (world: LifeWorld) => Promise<void>): Promise<void> {
      await Promise.all([byNew, byOld].map((first) => live(alternating(first))));
    }

    it.each(TYPES)('leads %s through its life, every step on the other version', async (type) => {
      await onBoth(async (world) => {
        await finish(world, await begin(world, type));
      });
    });

    it('cancels, resends and runs out of attempts the same', async () => {
      await Promise.all([lifeThatIsCancelled, lifeWithAResend, lifeWithoutAnEnd].map(onBoth));
    });

    it('compares no answer more than there are attempts, and accepts one of many right ones', async () => {
      expect((await byOld.createPolicy(tokenPolicy('race', { maxAttempts: 3 }))).status).toBe(201);
      const { body: guessed } = await byNew.createChallenge({ policyAlias: 'race' });
      const wrong = await Promise.all(
        Array.from({ length: WRONG }, (_, index) =>
          [byNew, byOld][index % 2]!.answer(guessed.id, wrongFor(guessed.token!)),
        ),
      );
      expect(tally(wrong)['answer-incorrect']).toBe(3);
      expect(wrong.every(({ status }) => status < 500)).toBe(true);
      expect((await byOld.getChallenge(guessed.id)).body).toMatchObject({
        state: 'FAILED',
        attempts: { used: 3 },
      });

      const { body: known } = await byOld.createChallenge({ policyAlias: 'race' });
      const right = await Promise.all(
        Array.from({ length: RIGHT }, (_, index) =>
          [byNew, byOld][index % 2]!.answer(known.id, known.token!),
        ),
      );
      expect(tally(right)['200']).toBe(1);
      expect(right.every(({ status }) => status === 200 || status === 409)).toBe(true);
    });

    it('replays what the version before did, and never does twice what is repeated on it', async () => {
      const request = { policyAlias: 'app-to-web', subject: 'repeated' };
      const made = await byOld.createChallenge(request, { 'idempotency-key': 'of-old' });
      expect(await byNew.createChallenge(request, { 'idempotency-key': 'of-old' })).toMatchObject({
        status: 201,
        body: made.body,
      });
      const { body } = await byNew.createChallenge(request, { 'idempotency-key': 'of-new' });
      const repeated = await byOld.createChallenge(request, { 'idempotency-key': 'of-new' });
      // A version that cannot read what a later one kept refuses the key as used.
      const outcome = repeated.status === 201 ? repeated.body.id : repeated.body.code;
      expect([body.id, 'idempotency-key-reused']).toContain(outcome);
    });

    it('counts together what a limit allows', async () => {
      const limits = [{ per: 'RECIPIENT', max: 4, windowSeconds: 3_600 }];
      expect((await byNew.createPolicy(emailCodePolicy('limited', { limits }))).status).toBe(201);
      const recipient = someone();
      const created = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          [byNew, byOld][index % 2]!.createChallenge({ policyAlias: 'limited', recipient }),
        ),
      );
      expect(tally(created)).toEqual({ '201': 4, 'rate-limited': 8 });
    });

    it('follows at once what the other version changes', async () => {
      for (const [writer, reader] of [
        [byNew, byOld],
        [byOld, byNew],
      ] as const) {
        const alias = writer === byNew ? 'changed-by-new' : 'changed-by-old';
        const { body: policy } = await writer.createPolicy(tokenPolicy(alias, { maxAttempts: 2 }));
        expect((await reader.createChallenge({ policyAlias: alias })).body.attempts.max).toBe(2);
        const changed = { ...tokenPolicy(alias, { maxAttempts: 7 }), version: 1 };
        expect((await writer.request('PUT', `/v1/policies/${String(policy['id'])}`, changed)).status).toBe(
          200,
        );
        const { body } = await reader.createChallenge({ policyAlias: alias });
        expect(body).toMatchObject({ policy: { version: 2 }, attempts: { max: 7 } });

        const { version, ...settings } = (await writer.getConfiguration()).body;
        const issuance = { ...(settings['issuance'] as object), enabled: false };
        expect((await writer.putConfiguration({ ...settings, issuance, version })).status).toBe(200);
        expect((await reader.createChallenge({ policyAlias: alias })).body.code).toBe('issuance-disabled');
        expect((await writer.putConfiguration(settings)).status).toBe(200);
        expect((await reader.createChallenge({ policyAlias: alias })).status).toBe(201);
      }
    });

    it('delivers everything once, whichever workers there are', async () => {
      const send = async (): Promise<void> => {
        const recipients = Array.from({ length: MAILS }, someone);
        const created = await Promise.all(
          recipients.map((recipient, index) =>
            [byNew, byOld][index % 2]!.createChallenge({ policyAlias: 'password-reset', recipient }),
          ),
        );
        expect(tally(created)).toEqual({ '201': MAILS });
        await Promise.all(recipients.map((recipient) => acs.mailbox.waitForMail(recipient)));
        for (const { body } of created) {
          for (const reader of [byNew, byOld]) {
            await eventually(
              async () => (await reader.getChallenge(body.id)).body.delivery?.status === 'SENT',
            );
          }
        }
        expect(recipients.map((recipient) => acs.mailbox.to(recipient).length)).toEqual(Array(MAILS).fill(1));
      };
      await send();
      const [newWorker, oldWorker] = acs.workers.splice(0);
      await newWorker!.child.kill();
      await send();
      await acs.addWorker();
      await oldWorker!.child.kill();
      await send();
    });
  });

  describe('while the old version is at work,', () => {
    let acs: Acs;
    let traffic: Traffic | undefined;

    beforeAll(async () => {
      acs = await startAcs({ build, policies: LIFE_POLICIES });
    });

    afterAll(async () => {
      await traffic?.end();
      await acs.stop();
    });

    it('migrates, rolls the worker and rolls the API with no request that fails', async () => {
      const byOld = acs.api('acme', undefined, 0);
      const world = { mailbox: acs.mailbox, database: new CoreDatabase(acs.database.superuserUrl) };
      const open = await Promise.all(TYPES.map((type) => begin({ ...world, next: () => byOld }, type)));
      const lives = (traffic = new Traffic([byOld], world));
      lives.start(CUSTOMERS);
      await lives.completes(CUSTOMERS);

      const before = lives.completed;
      await migrateDatabase(acs.database.ownerUrl);
      expect(lives.failures).toEqual([]);
      expect(lives.completed).toBeGreaterThan(before);
      await lives.completes(CUSTOMERS);

      await acs.addWorker();
      const left = [acs.workers.shift()!.child.stop(27_000)];
      await lives.completes(CUSTOMERS);

      await acs.addApi();
      const byNew = acs.api('acme', undefined, 1);
      await lives.goTo(byOld, byNew);
      await lives.completes(CUSTOMERS);
      await lives.goTo(byNew);
      left.push(acs.apis.shift()!.child.stop(27_000));
      await Promise.all(left);
      await lives.completes(CUSTOMERS);
      await lives.end();
      expect(lives.failures).toEqual([]);

      for (const challenge of open) await finish({ ...world, next: () => byNew }, challenge);
    }, 120_000);
  });
});
