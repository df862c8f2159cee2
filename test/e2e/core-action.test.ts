import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tokenPolicy } from '../support/core-policies.js';
import { CoreProof } from '../support/core-proof.js';

const PAYMENT = { name: 'pay', details: { to: 'NL91', amount: 12.5, lines: [1, 2], note: 'Zoë' } };

describe('the action of a challenge', () => {
  let proof: CoreProof;

  beforeAll(async () => {
    proof = await CoreProof.start(
      { workers: 0 },
      tokenPolicy('token', { maxAttempts: 10 }),
      tokenPolicy('token-with-action', { maxAttempts: 10, requireAction: true }),
    );
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  it('is required at create and at completion where the policy says so', async () => {
    const api = proof.api();
    expect(await api.createChallenge({ policyAlias: 'token-with-action' })).toMatchObject({
      status: 422,
      body: { code: 'action-required' },
    });
    const { id, answer } = await proof.issue('token-with-action', { action: PAYMENT });
    expect(await api.answer(id, answer)).toMatchObject({ status: 200 });
    expect(await api.complete(id)).toMatchObject({ status: 422, body: { code: 'action-required' } });
    const other = { ...PAYMENT, details: { ...PAYMENT.details, amount: 12.51 } };
    expect(await api.complete(id, { action: other })).toMatchObject({
      status: 422,
      body: { code: 'action-mismatch' },
    });
    expect(await api.getChallenge(id)).toMatchObject({ body: { state: 'VERIFIED', action: PAYMENT } });
    expect(await api.complete(id, { action: PAYMENT })).toMatchObject({
      status: 200,
      body: { action: PAYMENT },
    });
    expect(await proof.database.audit(id)).toEqual([
      { event: 'challenge.issued', reason: null },
      { event: 'challenge.verified', reason: null },
      { event: 'challenge.complete.refused', reason: 'action-required' },
      { event: 'challenge.complete.refused', reason: 'action-mismatch' },
      { event: 'challenge.completed', reason: null },
    ]);
  });

  it('may be left out of answer and completion where the policy does not require it', async () => {
    const { id, answer } = await proof.issue('token', { action: PAYMENT });
    expect(await proof.api().answer(id, answer)).toMatchObject({ status: 200 });
    expect(await proof.api().complete(id)).toMatchObject({ status: 200, body: { action: PAYMENT } });
  });

  it.each([
    [
      'members in another order',
      '{"details":{"note":"Zoë","lines":[1,2],"amount":12.5,"to":"NL91"},"name":"pay"}',
    ],
    [
      'numbers and letters in another notation',
      '{"name":"\\u0070ay","details":{"to":"NL91","amount":1.250e1,"lines":[1.0,2],"note":"Zo\\u00eb"}}',
    ],
  ])('is the same with %s (RFC 8785)', async (_name, action) => {
    const { id, answer } = await proof.issue('token-with-action', { action: PAYMENT });
    const body = (rest: string): string => `{"action":${action}${rest}}`;
    expect(
      await proof.api().request('POST', `/v1/challenges/${id}/answer`, body(`,"answer":"${answer}"`)),
    ).toMatchObject({ status: 200, body: { action: PAYMENT } });
    expect(await proof.api().request('POST', `/v1/challenges/${id}/complete`, body(''))).toMatchObject({
      status: 200,
    });
  });

  it.each([
    ['another name', { ...PAYMENT, name: 'Pay' }],
    ['no details', { name: 'pay' }],
    ['one detail more', { ...PAYMENT, details: { ...PAYMENT.details, fee: 0 } }],
    ['a list in another order', { ...PAYMENT, details: { ...PAYMENT.details, lines: [2, 1] } }],
    ['a number as text', { ...PAYMENT, details: { ...PAYMENT.details, amount: '12.5' } }],
    ['letters composed differently', { ...PAYMENT, details: { ...PAYMENT.details, note: 'Zoe\u0308' } }],
  ])('is another with %s: refused, at no cost, and what was stored stays', async (_name, action) => {
    const { id, answer } = await proof.issue('token', { action: PAYMENT });
    expect(await proof.api().answer(id, answer, { action })).toMatchObject({
      status: 422,
      body: { code: 'action-mismatch' },
    });
    expect(await proof.api().getChallenge(id)).toMatchObject({
      body: { state: 'ISSUED', attempts: { used: 0 }, action: PAYMENT },
    });
    expect(await proof.database.audit(id)).toContainEqual({
      event: 'challenge.answer.refused',
      reason: 'action-mismatch',
    });
  });

  it("is nobody's business once the challenge has ended: the state decides first", async () => {
    const { id, answer } = await proof.issue('token', { action: PAYMENT });
    await proof.api().cancel(id);
    for (const answered of [
      await proof.api().answer(id, answer, { action: { name: 'other' } }),
      await proof.api().complete(id, { action: { name: 'other' } }),
    ])
      expect(answered).toMatchObject({
        status: 409,
        body: { code: 'challenge-state-conflict', state: 'CANCELLED', stateReason: 'REQUESTED' },
      });
  });

  it('is compared with the digest that was stored with it, at answer and at completion', async () => {
    const { id, answer } = await proof.issue('token', { action: PAYMENT });
    const tampered = { ...PAYMENT, details: { ...PAYMENT.details, to: 'NL92' } };
    await proof.database.rows('UPDATE challenge SET action = $2 WHERE id = $1', id, JSON.stringify(tampered));
    const mismatch = { status: 422, body: { code: 'action-mismatch' } };
    expect(await proof.api().answer(id, answer, { action: tampered })).toMatchObject(mismatch);
    expect(await proof.api().answer(id, answer, { action: PAYMENT })).toMatchObject({ status: 200 });
    expect(await proof.api().complete(id, { action: tampered })).toMatchObject(mismatch);
    expect(await proof.api().complete(id, { action: PAYMENT })).toMatchObject({ status: 200 });
  });
});
