import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, someone, wrongFor } from '../support/core-proof.js';

describe('each type of challenge goes through its whole life', () => {
  let proof: CoreProof;

  beforeAll(async () => {
    proof = await CoreProof.start(
      { policies: ['password-reset', 'payment-approval', 'email-verification', 'app-to-web'] },
      emailCodePolicy('unambiguous', { code: { length: 8, alphabet: 'UNAMBIGUOUS' }, maxAttempts: 10 }),
      tokenPolicy('token-five', { maxAttempts: 5 }),
    );
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  it('EMAIL_OTP: a code by mail, typed with a space, a wrong one before', async () => {
    const api = proof.api();
    const recipient = someone();
    const created = await api.createChallenge({ policyAlias: 'password-reset', recipient });
    expect(created).toMatchObject({
      status: 201,
      body: { type: 'EMAIL_OTP', delivery: { channel: 'EMAIL' }, resends: { used: 0, max: 3 } },
    });
    const code = await proof.acs.mailbox.waitForCode(recipient);
    expect(await api.answer(created.body.id, wrongFor(code))).toMatchObject({
      status: 422,
      body: { code: 'answer-incorrect', attemptsRemaining: 4, state: 'ISSUED' },
    });
    const spaced = ` ${code.slice(0, 3)} ${code.slice(3)}`;
    expect(await api.answer(created.body.id, spaced)).toMatchObject({
      status: 200,
      body: { state: 'VERIFIED', attempts: { used: 2 }, resends: { availableAt: null } },
    });
    expect(await api.complete(created.body.id)).toMatchObject({ status: 200, body: { state: 'COMPLETED' } });
  });

  it('SMS_OTP: a code to a phone, bound to the action it approves', async () => {
    const api = proof.api();
    const action = { name: 'pay', details: { amount: '12.50', to: 'NL91ABNA0417164300' } };
    const request = { policyAlias: 'payment-approval', recipient: '+31612345678', locale: 'nl-BE' };
    expect(await api.createChallenge(request)).toMatchObject({
      status: 422,
      body: { code: 'action-required' },
    });
    const created = await api.createChallenge({ ...request, action });
    expect(created).toMatchObject({
      status: 201,
      body: { type: 'SMS_OTP', recipient: '+31••••••78', delivery: { channel: 'SMS' } },
    });
    const { text } = await proof.acs.mailbox.waitForMail('31612345678@sms.localhost');
    expect(text).toMatch(/^\d{6} bevestigt uw betaling\./);
    const code = text.slice(0, 6);
    expect(await api.answer(created.body.id, code, { action })).toMatchObject({ status: 200 });
    expect(await api.complete(created.body.id)).toMatchObject({
      status: 422,
      body: { code: 'action-required' },
    });
    expect(await api.complete(created.body.id, { action })).toMatchObject({
      status: 200,
      body: { state: 'COMPLETED', action },
    });
  });

  it('EMAIL_LINK: a link with the challenge and a token of 256 bits in its fragment', async () => {
    const api = proof.api();
    const recipient = someone();
    const created = await api.createChallenge({ policyAlias: 'email-verification', recipient });
    expect(created).toMatchObject({ status: 201, body: { type: 'EMAIL_LINK' } });
    expect(created.body).not.toHaveProperty('token');
    const { text } = await proof.acs.mailbox.waitForMail(recipient);
    const link = new URL(/http\S+/.exec(text)![0]);
    expect(link).toMatchObject({ origin: 'http://localhost:3000', pathname: '/confirm', search: '' });
    const fragment = new URLSearchParams(link.hash.slice(1));
    expect(fragment.get('challenge')).toBe(created.body.id);
    const token = fragment.get('token')!;
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(Buffer.from(token, 'base64url').toString('base64url')).toBe(token);

    for (const almost of [swapCase(token), `${token} `, token.slice(0, -1)])
      expect(await api.answer(created.body.id, almost)).toMatchObject({ body: { code: 'answer-incorrect' } });
    expect(await api.answer(created.body.id, token)).toMatchObject({ body: { state: 'VERIFIED' } });
    expect(await api.complete(created.body.id)).toMatchObject({ body: { state: 'COMPLETED' } });
  });

  it('TOKEN: returned by the create and its replay alone, and never delivered', async () => {
    const api = proof.api();
    const request = { policyAlias: 'app-to-web', subject: 'user-42', metadata: { device: '7' } };
    const key = { 'idempotency-key': 'token-of-user-42' };
    const created = await api.createChallenge(request, key);
    expect(created).toMatchObject({
      status: 201,
      body: {
        type: 'TOKEN',
        recipient: null,
        delivery: null,
        resends: { used: 0, max: 0, availableAt: null },
      },
    });
    const { id, token, ...view } = created.body;
    expect(Buffer.from(token!, 'base64url')).toHaveLength(32);

    const replayed = await api.createChallenge(request, key);
    expect(replayed).toMatchObject({ status: 201, body: created.body });
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    const shown = await api.getChallenge(id);
    expect(shown.body).toEqual({ id, ...view });
    expect(JSON.stringify(shown.body)).not.toContain(token);

    expect(await api.resend(id)).toMatchObject({ status: 409, body: { code: 'resend-not-applicable' } });
    const answered = await api.answer(id, token!);
    expect(answered).toMatchObject({ status: 200, body: { state: 'VERIFIED', subject: 'user-42' } });
    expect(answered.body).not.toHaveProperty('token');
    const completed = await api.complete(id);
    expect(completed).toMatchObject({ body: { state: 'COMPLETED', metadata: { device: '7' } } });
    expect(completed.body).not.toHaveProperty('token');
    const deliveries = await proof.database.rows('SELECT FROM delivery WHERE challenge_id = $1', id);
    expect(deliveries).toHaveLength(0);
  });

  it('TOKEN: takes the token to the letter, and no recipient', async () => {
    const api = proof.api();
    const { id, answer } = await proof.issue('token-five');
    for (const almost of [swapCase(answer), `${answer} `, answer.slice(1)])
      expect(await api.answer(id, almost)).toMatchObject({ body: { code: 'answer-incorrect' } });
    expect(await api.answer(id, answer)).toMatchObject({ status: 200, body: { attempts: { used: 4 } } });
    expect(await api.createChallenge({ policyAlias: 'token-five', recipient: someone() })).toMatchObject({
      status: 400,
      body: { code: 'request-invalid', errors: [{ pointer: '/recipient', code: 'not-allowed' }] },
    });
  });

  it('UNAMBIGUOUS codes have no letter that reads as a digit, and are taken as people type them', async () => {
    const api = proof.api();
    const typings: readonly ((code: string) => string)[] = [
      (code) => code.toLowerCase(),
      (code) => `${code.slice(0, 4)}-${code.slice(4)}`,
      (code) => [...code].join(' '),
      (code) => code.replaceAll('0', 'O').replaceAll('1', 'I'),
      (code) => code.replaceAll('0', 'o').replaceAll('1', 'l'),
    ];
    for (const typed of typings) {
      const { id, answer } = await proof.issue('unambiguous');
      expect(answer).toMatch(/^[0-9A-HJKMNP-TV-Z]{8}$/);
      expect(await api.answer(id, typed(answer))).toMatchObject({ status: 200 });
    }
  });
});

function swapCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  );
}
