import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiResponse, ProblemView } from '../support/api-client.js';
import { emailCodePolicy, smsCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, someone } from '../support/core-proof.js';

interface Trace {
  readonly event: string;
  readonly reason: string | null;
  readonly object_id: string | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}

const CLIENT = { ip: '203.0.113.77', id: 'session-of-an-end-user' };

describe('the audit trail', () => {
  let proof: CoreProof;

  beforeAll(async () => {
    proof = await CoreProof.start(
      { apis: 1, workers: 1 },
      tokenPolicy('token', { maxAttempts: 2 }),
      tokenPolicy('acts', { requireAction: true }),
      emailCodePolicy('code', {
        recipients: { emailDomains: { allow: [], block: ['blocked.example'] } },
      }),
      emailCodePolicy('reject', { active: { whenExceeded: 'REJECT' } }),
      emailCodePolicy('once', { resend: { max: 1 } }),
      smsCodePolicy('sms'),
    );
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  /** The rows about challenges that the work adds, oldest first. */
  async function traced(work: () => Promise<unknown>): Promise<Trace[]> {
    const known = await proof.database.rows<{ id: string }>('SELECT id FROM audit');
    await work();
    return await proof.database.rows<Trace>(
      `SELECT event, reason, object_id, detail FROM audit
       WHERE id <> ALL($1::uuid[]) AND starts_with(event, 'challenge.') ORDER BY id`,
      known.map(({ id }) => id),
    );
  }

  async function configured(
    change: Readonly<Record<string, object>>,
    work: () => Promise<void>,
  ): Promise<void> {
    const { body: before } = await proof.api().getConfiguration();
    const parts = Object.entries(change).map(([name, part]) => [
      name,
      { ...(before[name] as object), ...part },
    ]);
    await proof.api().putConfiguration({ ...before, ...(Object.fromEntries(parts) as object) });
    try {
      await work();
    } finally {
      await proof.api().putConfiguration({ ...before, version: undefined });
    }
  }

  const create = async (request: object): Promise<ApiResponse<Partial<ProblemView>>> =>
    await proof.api().createChallenge({ recipient: someone(), ...request });

  async function expectRefusal(code: string, request: object, detail: object | null): Promise<void> {
    const rows = await traced(async () => {
      expect((await create(request)).body.code).toBe(code);
    });
    expect(rows).toEqual([{ event: 'challenge.create.refused', reason: code, object_id: null, detail }]);
  }

  describe('holds a row for a create that is refused', () => {
    it('by the policy', async () => {
      await expectRefusal('policy-unknown', { policyAlias: 'nobody@example.com' }, null);
      await expectRefusal(
        'recipient-not-allowed',
        { policyAlias: 'code', recipient: 'ann@blocked.example' },
        { policy: 'code', policyVersion: 1 },
      );
      await expectRefusal(
        'action-required',
        { policyAlias: 'acts', recipient: undefined },
        { policy: 'acts', policyVersion: 1 },
      );
      const recipient = someone();
      await create({ policyAlias: 'reject', recipient });
      await expectRefusal(
        'challenge-already-active',
        { policyAlias: 'reject', recipient, client: CLIENT },
        { policy: 'reject', policyVersion: 1, client: { ip: expect.any(String), id: expect.any(String) } },
      );
    });

    it('by the configuration', async () => {
      const about = { policy: 'code', policyVersion: 1 };
      await configured({ issuance: { enabled: false } }, async () => {
        await expectRefusal('issuance-disabled', { policyAlias: 'code' }, about);
      });
      await configured({ email: { enabled: false } }, async () => {
        await expectRefusal('channel-disabled', { policyAlias: 'code' }, about);
      });
      await configured({ sms: { enabled: true, countries: ['BE'] } }, async () => {
        await expectRefusal(
          'recipient-not-allowed',
          { policyAlias: 'sms', recipient: '+31612345678' },
          { policy: 'sms', policyVersion: 1 },
        );
      });
    });

    it('but none for one that is malformed', async () => {
      const rows = await traced(async () => {
        await create({ policyAlias: 'code', recipient: 'nobody' });
        await create({ policyAlias: 'token' });
        await create({ policyAlias: 'code', unknown: 1 });
      });
      expect(rows).toEqual([]);
    });
  });

  it('holds a row for a resend or a cancellation that is refused', async () => {
    const { id, answer } = await proof.issue('once');
    const reasons = await traced(async () => {
      await proof.api().resend(id);
      await proof.database.endCooldown(id);
      await proof.api().resend(id);
      await proof.api().resend(id);
      await proof.api().answer(id, answer);
      await proof.api().complete(id);
      await proof.api().cancel(id);
    });
    expect(reasons.filter(({ event }) => event.endsWith('.refused'))).toMatchObject([
      {
        event: 'challenge.resend.refused',
        reason: 'resend-too-soon',
        object_id: id,
        detail: { limit: { per: 'CHALLENGE', max: 1, windowSeconds: 30 } },
      },
      { event: 'challenge.resend.refused', reason: 'resend-exhausted', detail: null },
      { event: 'challenge.cancel.refused', reason: 'challenge-state-conflict' },
    ]);
  });

  it('knows the end user of every outcome again, and only by keyed hashes', async () => {
    const rows = await traced(async () => {
      for (const answers of [
        ['wrong', 'right'],
        ['wrong', 'wrong', 'right'],
      ] as const) {
        const { body } = await proof.api().createChallenge({ policyAlias: 'token', client: CLIENT });
        for (const answer of answers)
          await proof.api().request('POST', `/v1/challenges/${body.id}/answer`, {
            answer: answer === 'right' ? body.token : 'something else',
            // The same address, written another way.
            client: { ...CLIENT, ip: `::ffff:${CLIENT.ip}` },
          });
      }
    });
    expect(rows.map(({ event, reason }) => [event, reason])).toEqual([
      ['challenge.issued', null],
      ['challenge.answer.refused', 'answer-incorrect'],
      ['challenge.verified', null],
      ['challenge.issued', null],
      ['challenge.answer.refused', 'answer-incorrect'],
      ['challenge.failed', 'ATTEMPTS_EXHAUSTED'],
      ['challenge.answer.refused', 'challenge-state-conflict'],
    ]);
    const clients = rows.map(({ detail }) => JSON.stringify(detail?.['client']));
    expect(new Set(clients).size).toBe(1);
    expect(rows[0]!.detail!['client']).toEqual({
      ip: expect.stringMatching(/^[\w-]{43}$/),
      id: expect.stringMatching(/^[\w-]{43}$/),
    });
    for (const raw of Object.values(CLIENT)) expect(JSON.stringify(rows)).not.toContain(raw);
  });

  it('holds a row for whatever is asked of a challenge that is not there', async () => {
    const id = '019b7600-0000-7000-8000-000000000001';
    const rows = await traced(async () => {
      await proof.api().answer(id, '123456');
      await proof.api().answer(id, '123456', { action: { name: 'pay' } });
      await proof.api().resend(id);
      await proof.api().complete(id);
      await proof.api().cancel(id);
      await proof.api().getChallenge(id);
    });
    expect(rows.map(({ event, reason, object_id }) => [event, reason, object_id])).toEqual(
      ['answer', 'answer', 'resend', 'complete', 'cancel'].map((operation) => [
        `challenge.${operation}.refused`,
        'challenge-not-found',
        id,
      ]),
    );
  });

  it('says nothing of an end user that is not known', async () => {
    const rows = await traced(async () => {
      const { body } = await proof.api().createChallenge({ policyAlias: 'token', client: {} });
      await proof.api().answer(body.id, body.token!);
    });
    expect(rows.map(({ detail }) => detail)).toEqual([
      { type: 'TOKEN', policy: 'token', policyVersion: 1 },
      null,
    ]);
  });
});
