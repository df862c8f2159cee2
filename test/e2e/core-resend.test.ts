import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { emailCodePolicy, smsCodePolicy } from '../support/core-policies.js';
import { CoreProof, someone } from '../support/core-proof.js';

const ORIGIN = 'https://app.acme.example';
const WIDE = { sms: { countries: ['NL', 'BE'] }, links: { allowedOrigins: [ORIGIN] } };
const LINK_POLICY = {
  alias: 'link',
  type: 'EMAIL_LINK',
  template: {
    defaultLocale: 'en',
    link: `${ORIGIN}/confirm#{{ token }}`,
    locales: { en: { subject: 'Confirm', text: '{{ link }}' } },
  },
};

/** A configuration with some settings replaced, of each group those that are given. */
function merged(configuration: object, changes: Readonly<Record<string, unknown>>): object {
  const groups = configuration as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries({ ...groups, ...changes }).map(([name, value]) => [
      name,
      typeof value === 'object' ? { ...(groups[name] as object), ...value } : value,
    ]),
  );
}

/** A policy whose messages also say something. */
function saying(alias: string, words: string, conditions: object): object {
  return {
    ...emailCodePolicy(alias, conditions),
    template: {
      defaultLocale: 'en',
      locales: { en: { subject: 'Code', text: `For {{ challengeId }}: <{{ code }}> ${words}` } },
    },
  };
}

describe('a resend', () => {
  let proof: CoreProof;

  beforeAll(async () => {
    proof = await CoreProof.start(
      { workers: 1 },
      emailCodePolicy('same', { resend: { max: 2, cooldownSeconds: 15 } }),
      emailCodePolicy('new', { resend: { max: 3, cooldownSeconds: 15, secret: 'NEW' } }),
      emailCodePolicy('extends', { expiresInSeconds: 60, resend: { extendsExpiry: true } }),
      emailCodePolicy('never', { resend: { max: 0 } }),
      saying('minutes', '{{ expiresInMinutes }} min', { expiresInSeconds: 179, resend: { secret: 'NEW' } }),
      saying('versions', 'the old text', {}),
      smsCodePolicy('sms'),
    );
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  async function resent(id: string): Promise<void> {
    await proof.database.endCooldown(id);
    expect(await proof.api().resend(id)).toMatchObject({ status: 202, body: { state: 'ISSUED' } });
  }

  it('carries the same code, gives no attempt back and moves no expiry', async () => {
    const { id, answer, wrong, view } = await proof.issue('same');
    await proof.api().answer(id, wrong);
    await proof.database.endCooldown(id);
    const again = await proof.api().resend(id);
    expect(again).toMatchObject({
      status: 202,
      body: {
        attempts: { used: 1, max: 5 },
        resends: { used: 1, max: 2 },
        expiresAt: view['expiresAt'],
        delivery: { status: 'PENDING', attempts: 0 },
      },
    });
    expect(await proof.code(id, 2)).toBe(answer);
    expect(await proof.api().answer(id, answer)).toMatchObject({
      status: 200,
      body: { attempts: { used: 2 } },
    });
  });

  it('has to wait, twice as long each time, and says how long', async () => {
    const { id, view } = await proof.issue('same');
    const early = await proof.api().resend(id);
    expect(early).toMatchObject({
      status: 429,
      body: { code: 'resend-too-soon', limit: { per: 'CHALLENGE', max: 1, windowSeconds: 15 } },
    });
    const wait = Number(early.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(5);
    expect(wait).toBeLessThanOrEqual(15);
    const { availableAt } = view['resends'] as { availableAt: string };
    expect(Date.parse(availableAt) - Date.parse(view['createdAt'] as string)).toBe(15_000);

    await resent(id);
    const second = Number((await proof.api().resend(id)).headers.get('retry-after'));
    expect(second).toBeGreaterThan(20);
    expect(second).toBeLessThanOrEqual(30);
  });

  it('is refused once all are used, cooldown or not', async () => {
    const { id } = await proof.issue('same');
    await resent(id);
    await resent(id);
    expect(await proof.api().resend(id)).toMatchObject({ status: 409, body: { code: 'resend-exhausted' } });
    expect((await proof.api().getChallenge(id)).body['resends']).toEqual({
      used: 2,
      max: 2,
      availableAt: null,
    });
    expect(await proof.database.count(id, 'challenge.resent')).toBe(2);

    const { id: never } = await proof.issue('never');
    expect(await proof.api().resend(never)).toMatchObject({ body: { code: 'resend-exhausted' } });
  });

  it('carries a new code where the policy says so; every earlier one is superseded, at no cost', async () => {
    const { id, answer: first, wrong } = await proof.issue('new');
    await resent(id);
    const second = await proof.code(id, 2);
    await resent(id);
    const third = await proof.code(id, 3);
    expect(new Set([first, second, third]).size).toBe(3);
    await proof.api().answer(id, wrong);
    for (const earlier of [first, second, first])
      expect(await proof.api().answer(id, ` ${earlier} `)).toMatchObject({
        status: 422,
        body: { code: 'answer-superseded' },
      });
    expect(await proof.api().answer(id, third)).toMatchObject({
      status: 200,
      body: { state: 'VERIFIED', attempts: { used: 2 } },
    });
    expect(await proof.api().answer(id, first)).toMatchObject({
      status: 409,
      body: { code: 'challenge-state-conflict', state: 'VERIFIED' },
    });
  });

  it('moves the expiry where the policy says so', async () => {
    const { id, view } = await proof.issue('extends');
    await proof.database.moveDeadline(id, 20_000);
    await resent(id);
    const { body } = await proof.api().getChallenge(id);
    expect(Date.parse(body['expiresAt'] as string)).toBeGreaterThan(Date.parse(view['expiresAt'] as string));
  });

  it('says how many minutes are left then, and the first message what the preview says', async () => {
    const { id, view } = await proof.issue('minutes');
    const path = `/v1/policies/${view.policy.id}/preview`;
    const { body } = await proof.api().request<{ text: string }>('POST', path, {});
    expect(body.text).toContain('2 min');
    expect(proof.messages(id)).toEqual([expect.stringContaining('2 min')]);
    await proof.database.moveDeadline(id, 119_000);
    await resent(id);
    await proof.code(id, 2);
    expect(proof.messages(id)[1]).toContain('1 min');
  });

  it('keeps the version of the policy that the challenge was issued under, changed and deleted since', async () => {
    const { id, answer, view } = await proof.issue('versions');
    const path = `/v1/policies/${view.policy.id}`;
    const changed = saying('versions', 'the new text', { maxAttempts: 1, resend: { max: 0 } });
    expect(await proof.api().request('PUT', path, changed, { 'if-match': '"1"' })).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    expect(await proof.api().request('DELETE', path)).toMatchObject({ status: 204 });
    await resent(id);
    expect(await proof.code(id, 2)).toBe(answer);
    expect(proof.messages(id)[1]).toContain('the old text');
    expect(await proof.api().answer(id, answer)).toMatchObject({
      status: 200,
      body: { state: 'VERIFIED', policy: { version: 1 }, attempts: { max: 5 } },
    });
    expect(await proof.api().complete(id)).toMatchObject({ status: 200, body: { state: 'COMPLETED' } });
  });

  it('is for challenges that wait for an answer', async () => {
    const { id, answer } = await proof.issue('same');
    await proof.api().answer(id, answer);
    await proof.database.endCooldown(id);
    expect(await proof.api().resend(id)).toMatchObject({
      status: 409,
      body: { code: 'challenge-state-conflict', state: 'VERIFIED', stateReason: null },
    });
  });

  it.each([
    [
      'its domain has been blocked',
      'same',
      someone,
      { email: { blockedDomains: ['example.com'] } },
      'recipient-not-allowed',
    ],
    [
      'its country has been taken away',
      'sms',
      (): string => '+31612345678',
      { sms: { countries: ['BE'] } },
      'recipient-not-allowed',
    ],
    [
      'the origin of its link has been taken away',
      'link',
      someone,
      { links: { allowedOrigins: [] } },
      'template-invalid',
    ],
  ] as const)(
    'is refused once %s, and costs nothing then',
    async (_name, policyAlias, whom, narrowed, code) => {
      const { body: before } = await proof.api().getConfiguration();
      const wide = merged(before, WIDE);
      expect((await proof.api().putConfiguration(wide)).status).toBe(200);
      if (policyAlias === 'link') expect((await proof.api().createPolicy(LINK_POLICY)).status).toBe(201);
      const created = await proof.api().createChallenge({ policyAlias, recipient: whom() });
      expect(created.status).toBe(201);
      const { id } = created.body;
      await proof.database.endCooldown(id);
      const put = await proof.api().putConfiguration(merged(wide, { ...narrowed, version: undefined }));
      expect(put.status).toBe(200);
      expect(await proof.api().resend(id)).toMatchObject({ status: 422, body: { code } });
      expect(await proof.database.audit(id)).toContainEqual({
        event: 'challenge.resend.refused',
        reason: code,
      });
      expect(await proof.api().getChallenge(id)).toMatchObject({ body: { resends: { used: 0 } } });
      const again = await proof.api().putConfiguration(merged(wide, { version: undefined }));
      expect(again.status).toBe(200);
      expect(await proof.api().resend(id)).toMatchObject({ status: 202, body: { resends: { used: 1 } } });
    },
  );

  it('is refused while the channel is off, and costs nothing then', async () => {
    const { id } = await proof.issue('same');
    await proof.database.endCooldown(id);
    const { body: configuration } = await proof.api().getConfiguration();
    const email = configuration['email'] as object;
    await proof.api().putConfiguration({ ...configuration, email: { ...email, enabled: false } });
    expect(await proof.api().resend(id)).toMatchObject({ status: 503, body: { code: 'channel-disabled' } });
    const on = await proof.api().putConfiguration({ ...configuration, version: undefined });
    expect(on.status).toBe(200);
    expect(await proof.api().resend(id)).toMatchObject({ status: 202, body: { resends: { used: 1 } } });
  });
});
