import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAcs, type Acs } from '../support/acs.js';
import { CoreDatabase } from '../support/core-database.js';
import { eventually } from '../support/eventually.js';
import { SmtpSink } from '../support/smtp-sink.js';

let sink: SmtpSink;
let acs: Acs;

const setSender = async (from: { name: string; address: string }, replyTo: string | null): Promise<void> => {
  const api = acs.api('acme');
  const { body } = await api.request<Record<string, Record<string, unknown>>>('GET', '/v1/configuration');
  const changed = { ...body, email: { ...body['email'], from, replyTo } };
  expect(await api.request('PUT', '/v1/configuration', changed)).toMatchObject({ status: 200 });
};

const header = (content: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(content)?.[1]?.trim();

const mails = async (count: number): Promise<readonly string[]> => {
  await eventually(() => sink.mails.length >= count, { timeoutMs: 20_000 });
  return sink.mails.map(({ content }) => content);
};

beforeAll(async () => {
  sink = await SmtpSink.listen();
  acs = await startAcs({ workerEnv: { EMAIL_PROVIDERS: `smtp://127.0.0.1:${sink.port}?tls=off` } });
}, 120_000);

afterAll(async () => {
  await acs.stop();
  await sink.close();
});

describe('A sender that is changed between an attempt and its repeat', () => {
  it('does not change the message; the next message that is asked for has it', async () => {
    await setSender({ name: 'Before', address: 'before@one.example' }, 'help@one.example');
    sink.behave({ message: '451 4.3.0 later' });
    const { body } = await acs
      .api('acme')
      .createChallenge({ policyAlias: 'password-reset', recipient: 'anna@example.com' });
    await mails(1);
    await setSender({ name: 'After', address: 'after@two.example' }, null);
    sink.behave({});
    const [first, second] = await mails(2);
    expect(header(first!, 'From')).toBe('Before <before@one.example>');
    expect(header(first!, 'Message-ID')).toMatch(/@one\.example>$/);
    expect(second).toBe(first);

    const sent = sink.mails.length;
    await new CoreDatabase(acs.database.superuserUrl).endCooldown(body.id);
    expect(await acs.api('acme').resend(body.id)).toMatchObject({ status: 202 });
    const resent = (await mails(sent + 1)).at(-1)!;
    expect(header(resent, 'From')).toBe('After <after@two.example>');
    expect(header(resent, 'Message-ID')).toMatch(/@two\.example>$/);
    expect(header(resent, 'Reply-To')).toBeUndefined();
  });
});
