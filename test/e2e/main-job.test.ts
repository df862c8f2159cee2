import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Acs, startAcs } from '../support/acs.js';
import { eventually } from '../support/eventually.js';

const SOME_ID = '019b7600-0000-7000-8000-000000000001';

describe('an e-mail challenge', () => {
  let acs: Acs;

  beforeAll(async () => {
    acs = await startAcs({ apis: 2, workers: 1 });
  });

  afterAll(async () => {
    await acs.stop();
  });

  async function issued(recipient: string): Promise<{ readonly id: string; readonly code: string }> {
    const { body } = await acs.api('acme').createChallenge({ policyAlias: 'password-reset', recipient });
    return { id: body.id, code: await acs.mailbox.waitForCode(recipient) };
  }

  it('goes from a request to a mail to an answer to completion', async () => {
    const api = acs.api('acme');
    const created = await api.createChallenge({
      policyAlias: 'password-reset',
      recipient: 'Ada.Lovelace@example.com',
      subject: 'user-42',
      action: { name: 'password-reset', details: { reason: 'forgotten' } },
      locale: 'nl-BE',
      metadata: { orderId: '7' },
    });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`/v1/challenges/${created.body.id}`);
    expect(created.body).toMatchObject({
      state: 'ISSUED',
      stateReason: null,
      type: 'EMAIL_OTP',
      policy: { alias: 'password-reset', version: 1 },
      recipient: 'A••@e••••••.com',
      subject: 'user-42',
      action: { name: 'password-reset', details: { reason: 'forgotten' } },
      locale: 'nl-BE',
      metadata: { orderId: '7' },
      attempts: { used: 0, max: 5 },
      delivery: { channel: 'EMAIL', status: 'PENDING', attempts: 0, sentAt: null, error: null },
      verifiedAt: null,
      endedAt: null,
    });
    expect(created.body).not.toHaveProperty('token');

    const mail = await acs.mailbox.waitForMail('Ada.Lovelace@example.com');
    const code = await acs.mailbox.waitForCode('Ada.Lovelace@example.com');
    expect(mail.subject).toBe(`${code} is uw code`);
    expect(mail.html).toContain(code);

    const wrong = await api.answer(created.body.id, code === '000000' ? '000001' : '000000');
    expect(wrong.status).toBe(422);
    expect(wrong.body).toMatchObject({ code: 'answer-incorrect', attemptsRemaining: 4, state: 'ISSUED' });

    const right = await api.answer(created.body.id, ` ${code.slice(0, 3)}-${code.slice(3)}`);
    expect(right.status).toBe(200);
    expect(right.body).toMatchObject({
      state: 'VERIFIED',
      attempts: { used: 2, max: 5 },
      delivery: { status: 'SENT' },
    });

    const completed = await api.complete(created.body.id, {
      action: { details: { reason: 'forgotten' }, name: 'password-reset' },
    });
    expect(completed.status).toBe(200);
    expect(completed.body).toMatchObject({
      state: 'COMPLETED',
      subject: 'user-42',
      metadata: { orderId: '7' },
    });
    expect(completed.body['endedAt']).toBe(completed.body['completedAt']);

    const again = await api.complete(created.body.id);
    expect(again).toMatchObject({
      status: 409,
      body: { code: 'challenge-state-conflict', state: 'COMPLETED' },
    });
    expect((await api.getChallenge(created.body.id)).body).toEqual(completed.body);
  });

  it('is FAILED after five wrong answers, and the right one is then refused', async () => {
    const api = acs.api('acme');
    const { id, code } = await issued('five@example.com');
    const wrong = code === '111111' ? '222222' : '111111';
    for (const attemptsRemaining of [4, 3, 2, 1, 0]) {
      const answer = await api.answer(id, wrong);
      expect(answer).toMatchObject({ status: 422, body: { code: 'answer-incorrect', attemptsRemaining } });
    }
    const right = await api.answer(id, code);
    expect(right).toMatchObject({
      status: 409,
      body: { code: 'challenge-state-conflict', state: 'FAILED', stateReason: 'ATTEMPTS_EXHAUSTED' },
    });
  });

  it('is verified exactly once by 64 right answers at the same time, over two processes', async () => {
    const { id, code } = await issued('race@example.com');
    const callers = [acs.api('acme', undefined, 0), acs.api('acme', undefined, 1)];
    await Promise.all(callers.map((caller) => caller.getChallenge(id)));
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) => callers[index % 2]!.answer(id, code)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(new Set(statuses)).toEqual(new Set([200, 409]));
  });

  it('compares no more than five of 64 wrong answers at the same time', async () => {
    const { id, code } = await issued('wrong-race@example.com');
    const wrong = code === '111111' ? '222222' : '111111';
    const callers = [acs.api('acme', undefined, 0), acs.api('acme', undefined, 1)];
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) => callers[index % 2]!.answer(id, wrong)),
    );
    expect(answers.filter(({ body }) => body.code === 'answer-incorrect')).toHaveLength(5);
    expect((await acs.api('acme').answer(id, code)).status).toBe(409);
  });

  it('is unknown to another tenant, as its policy is', async () => {
    const { body } = await acs
      .api('acme')
      .createChallenge({ policyAlias: 'password-reset', recipient: 'own@example.com' });
    const foreign = acs.api('globex');
    for (const answer of [
      await foreign.getChallenge(body.id),
      await foreign.answer(body.id, '123456'),
      await foreign.complete(body.id),
      await foreign.resend(body.id),
      await foreign.cancel(body.id),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'challenge-not-found' } });
    }
    expect(await foreign.getPolicy(body.policy.id)).toMatchObject({
      status: 404,
      body: { code: 'policy-not-found' },
    });
    const unknown = await foreign.getChallenge(SOME_ID);
    const known = await foreign.getChallenge(body.id);
    expect({ ...unknown.body, instance: '', traceId: '' }).toEqual({
      ...known.body,
      instance: '',
      traceId: '',
    });
  });

  it('needs a token with the scope of each operation', async () => {
    const without = await acs.api('acme', ['challenge:policy:get']).getChallenge(SOME_ID);
    expect(without).toMatchObject({ status: 403, body: { code: 'scope-insufficient' } });
    expect(without.headers.get('www-authenticate')).toMatch(
      /^Bearer .*error="insufficient_scope".*scope="challenge:get"/,
    );
    const none = await fetch(`${acs.apis[0]!.url}/v1/challenges/${SOME_ID}`);
    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(none.headers.get('content-type')).toContain('application/problem+json');
  });

  it('arrives although the worker that had it is killed before it sends', async () => {
    const release = acs.mailbox.hold();
    const api = acs.api('acme');
    const { body } = await api.createChallenge({
      policyAlias: 'password-reset',
      recipient: 'killed@example.com',
    });
    await eventually(async () => (await api.getChallenge(body.id)).body.delivery?.status === 'SENDING');
    await acs.restartWorker();
    release();
    const mail = await acs.mailbox.waitForMail('killed@example.com', { timeoutMs: 30_000 });
    expect(mail.subject).toMatch(/is your code$/);
    await eventually(async () => (await api.getChallenge(body.id)).body.delivery?.status === 'SENT');
    expect(acs.mailbox.to('killed@example.com')).toHaveLength(1);
  }, 60_000);
});
