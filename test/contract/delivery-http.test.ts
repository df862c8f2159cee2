import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { simpleParser } from 'mailparser';
import {
  type EmailMessage,
  type Provider,
  ProviderError,
  type SmsMessage,
} from '../../src/delivery/application/provider.js';
import { emailFields, GatewayProvider, smsFields } from '../../src/delivery/channels/gateway-provider.js';
import { SesProvider } from '../../src/delivery/channels/ses-provider.js';
import { SnsProvider } from '../../src/delivery/channels/sns-provider.js';
import { TwilioProvider } from '../../src/delivery/channels/twilio-provider.js';
import {
  answer,
  breakOff,
  endless,
  hangUp,
  neverAnswer,
  ProviderServer,
} from '../support/recording-provider-server.js';

const ID = '01990000-0000-7000-8000-000000000001';
const SECRET = 'a-shared-secret-of-the-gateway';
const SMS: SmsMessage = {
  deliveryId: ID,
  tenant: 'acme',
  senderId: 'ACME',
  to: '+31612345678',
  text: 'Your code is "734218" – don’t share & keep',
  date: new Date('2026-03-04T05:06:07Z'),
};
const EMAIL: EmailMessage = {
  deliveryId: ID,
  tenant: 'acme',
  from: { name: 'Acmé', address: 'no-reply@acme.test' },
  replyTo: null,
  to: 'anna@example.test',
  subject: 'Your code – 734218',
  text: 'Your code is 734218',
  html: '<b>734218</b>',
  date: SMS.date,
};

interface Subject {
  readonly create: (host: string) => Promise<{
    readonly provider: Pick<Provider<never>, 'close' | 'recognisesRepeats'>;
    readonly send: (signal: AbortSignal) => Promise<unknown>;
  }>;
  readonly accepted: { readonly status: number; readonly body: string };
}

const withProvider = <Message>(
  provider: Provider<Message>,
  message: Message,
): Awaited<ReturnType<Subject['create']>> => ({
  provider,
  send: (signal) => provider.send(message, signal),
});

const aws = (host: string): void => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_SESV2: `http://${host}`,
    AWS_ENDPOINT_URL_SNS: `http://${host}`,
  });
};

const gatewayUrl = (host: string, more = ''): URL =>
  new URL(`gateway+http://${host}/sms/out?secret=${SECRET}${more}`);
const twilioUrl = (host: string, sender = 'from=%2B15550100'): URL =>
  new URL(`twilio://AC123:to%3Aken@${host}?${sender}&scheme=http`);

const SUBJECTS: Readonly<Record<string, Subject>> = {
  'The HTTPS gateway for SMS': {
    create: (host) =>
      Promise.resolve(
        withProvider(new GatewayProvider({ scheme: 'gateway+http', url: gatewayUrl(host) }, smsFields), SMS),
      ),
    accepted: { status: 202, body: '{"id":"M1"}' },
  },
  'The HTTPS gateway for e-mail': {
    create: (host) =>
      Promise.resolve(
        withProvider(
          new GatewayProvider({ scheme: 'gateway+http', url: gatewayUrl(host) }, emailFields),
          EMAIL,
        ),
      ),
    accepted: { status: 200, body: '{"id":"M1"}' },
  },
  Twilio: {
    create: (host) =>
      Promise.resolve(withProvider(new TwilioProvider({ scheme: 'twilio', url: twilioUrl(host) }), SMS)),
    accepted: { status: 201, body: '{"sid":"M1","status":"queued"}' },
  },
  'Amazon SES': {
    create: (host) => {
      aws(host);
      const url = new URL('ses://eu-west-1?configurationSet=codes');
      return Promise.resolve(withProvider(new SesProvider({ scheme: 'ses', url }), EMAIL));
    },
    accepted: { status: 200, body: '{"MessageId":"M1"}' },
  },
  'Amazon SNS': {
    create: (host) => {
      aws(host);
      const url = new URL('sns://eu-west-1');
      return Promise.resolve(withProvider(new SnsProvider({ scheme: 'sns', url }), SMS));
    },
    accepted: {
      status: 200,
      body: '<PublishResponse><PublishResult><MessageId>M1</MessageId></PublishResult></PublishResponse>',
    },
  },
};

let server: ProviderServer;

beforeEach(async () => {
  server = await ProviderServer.listen();
});

afterEach(async () => {
  await server.close();
});

describe.each(Object.entries(SUBJECTS))('%s', (_, { create, accepted }) => {
  let close: () => Promise<void> = () => Promise.resolve();

  const send = async (timeoutMs = 5_000): Promise<unknown> => {
    const { provider, send: hand } = await create(server.host);
    close = () => provider.close();
    return await hand(AbortSignal.timeout(timeoutMs));
  };

  const failure = async (timeoutMs?: number): Promise<ProviderError> => {
    const error = await send(timeoutMs).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ProviderError);
    for (const secret of [SMS.to, EMAIL.to, '734218']) expect((error as Error).message).not.toContain(secret);
    return error as ProviderError;
  };

  afterEach(async () => {
    await close();
  });

  it('hands over once and keeps the name that the message was given', async () => {
    server.behaviour = answer(accepted.status, accepted.body);
    await expect(send()).resolves.toEqual({ providerMessageId: 'M1' });
    expect(server.requests).toHaveLength(1);
  });

  it.each([400, 413, 422])('takes %i for a refusal for good', async (status) => {
    server.behaviour = answer(status, '{"message":"anna@example.test +31612345678 734218"}');
    await expect(failure()).resolves.toMatchObject({ kind: 'PERMANENT' });
    expect(server.requests).toHaveLength(1);
  });

  it.each([500, 503])('takes %i for a refusal for now, and leaves the repeat to us', async (status) => {
    server.behaviour = answer(status, 'not json');
    await expect(failure()).resolves.toMatchObject({ kind: 'TRANSIENT' });
    expect(server.requests).toHaveLength(1);
  });

  it('takes 402 for a refusal of us, not of the message', async () => {
    server.behaviour = answer(402, '');
    await expect(failure()).resolves.toMatchObject({ kind: 'TRANSIENT' });
  });

  it('takes 429 for a refusal for now', async () => {
    server.behaviour = answer(429, '', { 'retry-after': '7' });
    const { kind, retryAfterMs } = await failure();
    expect(kind).toBe('TRANSIENT');
    expect(retryAfterMs).toBe(7_000);
  });

  it('does not follow a redirect', async () => {
    const other = await ProviderServer.listen();
    server.behaviour = answer(307, '', { location: `http://${other.host}/internal` });
    const { kind } = await failure();
    expect(kind).not.toBe('PERMANENT');
    expect(other.requests).toEqual([]);
    await other.close();
  });

  it('does not know what became of a message that was never answered', async () => {
    server.behaviour = neverAnswer;
    await expect(failure(300)).resolves.toMatchObject({ kind: 'UNKNOWN' });
    expect(server.requests).toHaveLength(1);
  });

  it('does not know what became of a message when the connection was lost', async () => {
    server.behaviour = hangUp;
    await expect(failure()).resolves.toMatchObject({ kind: 'UNKNOWN' });
    expect(server.requests).toHaveLength(1);
  });

  it('sends nothing to a server that is not there', async () => {
    await server.close().catch(() => undefined);
    const port = 1; // nothing listens on it
    const { provider, send: hand } = await create(`127.0.0.1:${port}`);
    close = () => provider.close();
    await expect(hand(AbortSignal.timeout(5_000))).rejects.toMatchObject({ kind: 'TRANSIENT' });
    server = await ProviderServer.listen();
  });
});

describe('An answer that is good by its status', () => {
  it.each([
    ['has malformed JSON', answer(201, '{"sid":')],
    ['has JSON of another shape', answer(201, '[{"sid":"M1"}]')],
    ['has an identifier of another kind', answer(201, '{"sid":{"x":1}}')],
    ['breaks off', breakOff(201)],
    ['has no end', endless(201)],
  ])('counts although its body %s', async (_, behaviour) => {
    server.behaviour = behaviour;
    const provider = new TwilioProvider({ scheme: 'twilio', url: twilioUrl(server.host) });
    await expect(provider.send(SMS, AbortSignal.timeout(5_000))).resolves.toEqual({
      providerMessageId: null,
    });
    await provider.close();
  });
});

describe('What a provider is sent', () => {
  it('is, by the gateway, signed JSON that names the delivery', async () => {
    const gateway = new GatewayProvider({ scheme: 'gateway+http', url: gatewayUrl(server.host) }, smsFields);
    await gateway.send(SMS, AbortSignal.timeout(5_000));
    await gateway.close();
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/sms/out' });
    expect(request?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(request!.body)).toEqual({ id: ID, to: SMS.to, text: SMS.text, tenant: 'acme' });
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request?.headers['x-acs-signature']))!;
    expect(Math.abs(Number(seconds) - Date.now() / 1_000)).toBeLessThan(5);
    expect(mac).toBe(createHmac('sha256', SECRET).update(`${seconds!}.${request!.body}`).digest('hex'));
  });

  it('is, by a gateway with a template, that document with the values in its strings', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
    const file = join(folder, 'body.json');
    await writeFile(
      file,
      JSON.stringify({
        messages: [{ to: '{{ to }}', body: '[{{tenant}}] {{ text }}', flash: false }],
        ref: '{{id}}',
      }),
    );
    const url = gatewayUrl(server.host, `&template=file:${file}`);
    const gateway = new GatewayProvider({ scheme: 'gateway+http', url }, smsFields);
    await rm(folder, { recursive: true });
    const text = '"},{"to":"+1" {{ to }} \\';
    await gateway.send({ ...SMS, text }, AbortSignal.timeout(5_000));
    await gateway.close();
    expect(JSON.parse(server.requests[0]!.body)).toEqual({
      messages: [{ to: SMS.to, body: `[acme] ${text}`, flash: false }],
      ref: ID,
    });
  });

  it.each([
    ['from=%2B15550100', { From: '+15550100' }],
    ['messagingServiceSid=MG77', { MessagingServiceSid: 'MG77' }],
  ])('is, by Twilio, its form with %s', async (sender, fields) => {
    const twilio = new TwilioProvider({ scheme: 'twilio', url: twilioUrl(server.host, sender) });
    await twilio.send(SMS, AbortSignal.timeout(5_000));
    await twilio.close();
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/2010-04-01/Accounts/AC123/Messages.json' });
    expect(request?.headers.authorization).toBe(`Basic ${Buffer.from('AC123:to:ken').toString('base64')}`);
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      To: SMS.to,
      Body: SMS.text,
      ...fields,
    });
  });

  it('is told by Twilio with the code of its error', async () => {
    server.behaviour = answer(400, '{"code":21211,"message":"The To number +31612345678 is not valid"}');
    const twilio = new TwilioProvider({ scheme: 'twilio', url: twilioUrl(server.host) });
    await expect(twilio.send(SMS, AbortSignal.timeout(5_000))).rejects.toMatchObject({
      kind: 'PERMANENT',
      detail: 'twilio-21211',
    });
    await twilio.close();
  });

  it.each([
    ['TRANSIENT', 'Email address is not verified. The following identities failed the check: a@acme.test'],
    ['PERMANENT', 'Message contains a virus'],
  ])('is, where Amazon SES rejects it, a %s failure by the reason', async (kind, message) => {
    aws(server.host);
    server.behaviour = answer(400, JSON.stringify({ message }), {
      'content-type': 'application/json',
      'x-amzn-errortype': 'MessageRejected',
    });
    const ses = new SesProvider({ scheme: 'ses', url: new URL('ses://eu-west-1') });
    await expect(ses.send(EMAIL, AbortSignal.timeout(5_000))).rejects.toMatchObject({
      kind,
      detail: 'aws-MessageRejected',
    });
    await ses.close();
  });

  it('is, by Amazon SES, the whole mail for one destination', async () => {
    aws(server.host);
    server.behaviour = answer(200, '{"MessageId":"M1"}');
    const ses = new SesProvider({ scheme: 'ses', url: new URL('ses://eu-west-1?configurationSet=codes') });
    await ses.send(EMAIL, AbortSignal.timeout(5_000));
    await ses.close();
    const [request] = server.requests;
    expect(request?.path).toBe('/v2/email/outbound-emails');
    expect(request?.headers.authorization).toContain('AWS4-HMAC-SHA256');
    const body = JSON.parse(request!.body) as { Content: { Raw: { Data: string } } };
    expect(body).toMatchObject({
      FromEmailAddress: EMAIL.from.address,
      Destination: { ToAddresses: [EMAIL.to] },
      ConfigurationSetName: 'codes',
    });
    const mail = await simpleParser(Buffer.from(body.Content.Raw.Data, 'base64'));
    expect(mail).toMatchObject({ subject: EMAIL.subject, html: EMAIL.html });
    expect(mail.text?.trim()).toBe(EMAIL.text);
  });

  it.each([
    ['sns://eu-west-1', 'ACME'],
    ['sns://eu-west-1?senderId=DEPLOY', 'DEPLOY'],
  ])('is, by Amazon SNS at %s, a transactional message from %s', async (dsn, senderId) => {
    aws(server.host);
    server.behaviour = answer(200, SUBJECTS['Amazon SNS']!.accepted.body);
    const sns = new SnsProvider({ scheme: 'sns', url: new URL(dsn) });
    await sns.send(SMS, AbortSignal.timeout(5_000));
    await sns.close();
    const form = Object.fromEntries(new URLSearchParams(server.requests[0]?.body));
    expect(form).toMatchObject({ Action: 'Publish', PhoneNumber: SMS.to, Message: SMS.text });
    expect(Object.values(form)).toEqual(expect.arrayContaining(['Transactional', senderId]));
  });
});

describe('A provider whose receipts are asked for', () => {
  const RECEIPTS = '&receipts=http://acs.test/base/';

  it('is told by Twilio where they go', async () => {
    const url = twilioUrl(server.host, `from=%2B15550100${RECEIPTS}`);
    const twilio = new TwilioProvider({ scheme: 'twilio', url });
    await twilio.send({ ...SMS, tenant: 'a|b' }, AbortSignal.timeout(5_000));
    await twilio.close();
    expect(new URLSearchParams(server.requests[0]?.body).get('StatusCallback')).toBe(
      `http://acs.test/base/receipts/twilio/a%7Cb/${ID}`,
    );
  });

  it('is told where they go by a gateway', async () => {
    const url = gatewayUrl(server.host, RECEIPTS);
    const gateway = new GatewayProvider({ scheme: 'gateway+http', url }, smsFields);
    await gateway.send(SMS, AbortSignal.timeout(5_000));
    await gateway.close();
    expect(server.requests[0]?.headers['x-acs-receipt-url']).toBe(
      `http://acs.test/base/receipts/gateway/acme/${ID}`,
    );
  });

  it('is given tags by Amazon SES that name the delivery', async () => {
    aws(server.host);
    const url = new URL(`ses://eu-west-1?configurationSet=codes${RECEIPTS}`);
    const ses = new SesProvider({ scheme: 'ses', url });
    await ses.send(EMAIL, AbortSignal.timeout(5_000));
    await ses.close();
    expect(JSON.parse(server.requests[0]!.body)).toMatchObject({
      EmailTags: [
        { Name: 'acs-tenant', Value: 'YWNtZQ' },
        { Name: 'acs-delivery', Value: ID },
      ],
    });
  });
});

describe('A look-up at Twilio', () => {
  const listed = (changes: object = {}): object => ({
    sid: 'SM1',
    body: SMS.text,
    direction: 'outbound-api',
    date_created: 'Wed, 04 Mar 2026 05:06:08 +0000',
    ...changes,
  });
  const lookUp = async (): Promise<unknown> => {
    const twilio = new TwilioProvider({ scheme: 'twilio', url: twilioUrl(server.host) });
    try {
      return await twilio.lookUp(SMS, AbortSignal.timeout(5_000));
    } finally {
      await twilio.close();
    }
  };

  it('asks for the newest messages to the recipient and finds its own', async () => {
    server.behaviour = answer(
      200,
      JSON.stringify({ messages: [listed({ sid: 'SM0', body: 'x' }), listed()] }),
    );
    await expect(lookUp()).resolves.toEqual({ providerMessageId: 'SM1' });
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: 'GET',
      headers: { authorization: expect.stringMatching(/^Basic /) },
    });
    expect(request?.path).toBe('/2010-04-01/Accounts/AC123/Messages.json?To=%2B31612345678&PageSize=20');
  });

  it.each([
    ['has another text', listed({ body: 'Your code is 734219' })],
    ['came in', listed({ direction: 'inbound' })],
    ['is older than the delivery', listed({ date_created: 'Wed, 04 Mar 2026 05:05:08 +0000' })],
    ['has no time', listed({ date_created: null })],
    ['is none', null],
  ])('does not take for its own what %s', async (_, message) => {
    server.behaviour = answer(200, JSON.stringify({ messages: [message] }));
    await expect(lookUp()).resolves.toBeUndefined();
  });

  it.each([
    ['another status', answer(503)],
    ['no list', answer(200, '{"messages":{}}')],
    ['a body without an end', endless(200)],
    ['a lost connection', hangUp],
  ])('knows nothing after %s', async (_, behaviour) => {
    server.behaviour = behaviour;
    await expect(lookUp()).rejects.toBeInstanceOf(ProviderError);
  });
});
