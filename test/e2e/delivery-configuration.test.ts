import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { emailCodePolicy, smsCodePolicy } from '../support/core-policies.js';
import { CoreProof } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';

const LONG = {
  alias: 'long',
  type: 'SMS_OTP',
  conditions: { limits: [] },
  template: {
    defaultLocale: 'en',
    locales: {
      en: {
        text: 'For {{ challengeId }}: <{{ code }}> {% if variables.more %}{{ variables.more | truncate: 40 }}{% endif %}',
      },
    },
  },
};

interface Queued {
  readonly status: string;
  readonly error: string | null;
  readonly held: boolean;
}

describe('what is queued obeys the configuration of today', () => {
  let proof: CoreProof;

  beforeEach(async () => {
    proof = await CoreProof.start({ workers: 0 }, emailCodePolicy('mail'), smsCodePolicy('text'), LONG);
  });

  afterEach(async () => {
    await proof.acs.stop();
  });

  async function created(policyAlias: string, recipient: string, rest: object = {}): Promise<string> {
    const answer = await proof.api().createChallenge({ policyAlias, recipient, ...rest });
    expect(answer).toMatchObject({ status: 201, body: { delivery: { status: 'PENDING' } } });
    return answer.body.id;
  }

  /** Replaces parts of the configuration; returns how to set it back. */
  async function configured(change: {
    readonly [part in 'email' | 'sms']?: object;
  }): Promise<() => Promise<void>> {
    const { body } = await proof.api().getConfiguration();
    const part = (name: 'email' | 'sms'): object => ({ ...(body[name] as object), ...change[name] });
    const put = async (configuration: object): Promise<void> => {
      const { status } = await proof.api().putConfiguration({ ...configuration, version: undefined });
      expect(status).toBe(200);
    };
    await put({ ...body, email: part('email'), sms: part('sms') });
    return () => put(body);
  }

  async function queued(id: string): Promise<Queued> {
    const [row] = await proof.database.rows<Queued>(
      'SELECT status, error, fence > 0 AND due_at > clock_timestamp() AS held FROM delivery WHERE challenge_id = $1',
      id,
    );
    return row!;
  }

  it('holds what is queued on a channel that is off, and sends it when it is on again', async () => {
    const ids = [await created('mail', 'ada@example.com'), await created('text', '+31612345678')];
    const turnOn = await configured({ email: { enabled: false }, sms: { enabled: false } });
    await proof.acs.addWorker();
    for (const id of ids) {
      await eventually(async () => (await queued(id)).held);
      expect(await queued(id)).toMatchObject({ status: 'PENDING', error: null });
      expect((await proof.api().getChallenge(id)).body.delivery).toMatchObject({
        status: 'PENDING',
        attempts: 0,
      });
    }
    expect(proof.acs.mailbox.mails).toEqual([]);

    await turnOn();
    for (const id of ids)
      expect(await proof.api().answer(id, await proof.code(id))).toMatchObject({
        status: 200,
        body: { state: 'VERIFIED', delivery: { status: 'SENT', attempts: 1 } },
      });
  });

  it('ends an SMS of more segments than are allowed today before it is sent, and refuses its like', async () => {
    const more = { variables: { more: 'ж'.repeat(40) } };
    const id = await created('long', '+31612345679', more);
    const setBack = await configured({ sms: { maxSegments: 1 } });
    await proof.acs.addWorker();
    await eventually(async () => (await queued(id)).status === 'FAILED');
    expect((await proof.api().getChallenge(id)).body.delivery).toMatchObject({
      status: 'FAILED',
      error: 'TEMPLATE_UNUSABLE',
    });
    expect(proof.messages(id)).toEqual([]);

    const like = { policyAlias: 'long', recipient: '+31612345679' };
    expect(await proof.api().createChallenge({ ...like, ...more })).toMatchObject({
      status: 422,
      body: {
        code: 'template-invalid',
        errors: [{ pointer: '/variables', code: 'sms-too-long' }],
      },
    });
    const short = await created('long', '+31612345679');
    expect(await proof.code(short)).toMatch(/^\d{6}$/);
    await setBack();
  });
});
