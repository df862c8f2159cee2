import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { ChallengeView } from '../support/api-client.js';
import { emailCodePolicy, smsCodePolicy } from '../support/core-policies.js';
import { CoreProof, someone } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';
import {
  type Answer,
  answer,
  hangUp,
  neverAnswer,
  ProviderServer,
} from '../support/recording-provider-server.js';
import {
  GATEWAY_SECRET,
  pathOf,
  post,
  postGateway,
  postSns,
  postTwilio,
  RECEIPTS_BASE,
  sesEventText,
  type Subject,
  TOPIC,
  TWILIO_TOKEN,
} from '../support/receipts.js';
import { type SelfSigned, selfSigned } from '../support/self-signed-certificate.js';

const REFUSED = { status: 400, code: 'request-invalid' };
const TAKEN = { status: 204, code: undefined };

let proof: CoreProof;
let api: string;
let twilio: ProviderServer;
let gateway: ProviderServer;
let ses: ProviderServer;
let sns: ProviderServer;
let stranger: ProviderServer;
let amazon: SelfSigned;
let numbers = 0;

/** Twilio takes each message under an identifier of its own, and lists what it is told to. */
const taking =
  (sid: string, listed: readonly object[] = []): Answer =>
  (response) => {
    const body = response.req.method === 'GET' ? { messages: listed } : { sid };
    answer(response.req.method === 'GET' ? 200 : 201, JSON.stringify(body))(response);
  };

beforeAll(async () => {
  [twilio, gateway, ses, sns, stranger] = await Promise.all([
    ProviderServer.listen(),
    ProviderServer.listen(),
    ProviderServer.listen(),
    ProviderServer.listen(),
    ProviderServer.listen(),
  ]);
  amazon = selfSigned();
  const providers = {
    EMAIL_PROVIDERS: `ses://eu-west-1?configurationSet=codes&topicArn=${TOPIC}&snsEndpoint=http://${sns.host}&receipts=${RECEIPTS_BASE}`,
    SMS_PROVIDERS: [
      `twilio://AC123:${encodeURIComponent(TWILIO_TOKEN)}@${twilio.host}?from=%2B15550100&scheme=http&receipts=${RECEIPTS_BASE}`,
      `gateway+http://${gateway.host}/send?secret=${GATEWAY_SECRET}&receipts=${RECEIPTS_BASE}`,
    ].join(' '),
  };
  const aws = {
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_SESV2: `http://${ses.host}`,
  };
  proof = await CoreProof.start(
    { apiEnv: providers, workerEnv: { ...providers, ...aws } },
    smsCodePolicy('sms'),
    emailCodePolicy('email'),
  );
  api = proof.acs.apis[0]!.url;
});

afterAll(async () => {
  await proof.acs.stop();
  await Promise.all([twilio, gateway, ses, sns, stranger].map((server) => server.close()));
});

beforeEach(() => {
  twilio.behaviour = taking('SM1');
  gateway.behaviour = answer(200, '{"id":"GW1"}');
  ses.behaviour = answer(200, '{"MessageId":"SES-1"}');
  sns.behaviour = (response) => {
    const isCertificate = response.req.url === '/SimpleNotificationService-0a1b.pem';
    answer(isCertificate ? 200 : 404, isCertificate ? amazon.certificate : '')(response);
  };
});

interface Sent extends Subject {
  readonly challengeId: string;
}

const challenge = async (policyAlias: 'sms' | 'email'): Promise<Sent> => {
  numbers += 1;
  const recipient = policyAlias === 'sms' ? `+3161234${String(5_000 + numbers)}` : someone();
  const { status, body } = await proof.api().createChallenge({ policyAlias, recipient });
  expect(status).toBe(201);
  const [row] = await proof.database.rows<{ id: string }>(
    'SELECT delivery_id AS id FROM challenge WHERE id = $1',
    body.id,
  );
  return { tenant: 'acme', deliveryId: row!.id, challengeId: body.id };
};

const delivery = async ({ challengeId }: Sent): Promise<NonNullable<ChallengeView['delivery']>> =>
  (await proof.api().getChallenge(challengeId)).body.delivery!;

const stands = async (sent: Sent, status: string, timeoutMs = 20_000): Promise<void> => {
  await eventually(async () => (await delivery(sent)).status === status, { timeoutMs });
};

const sentBy = async (policyAlias: 'sms' | 'email'): Promise<Sent> => {
  const sent = await challenge(policyAlias);
  await stands(sent, 'SENT');
  return sent;
};

const trailOf = async ({ deliveryId }: Subject): Promise<{ event: string; client: string }[]> =>
  await proof.database.rows('SELECT event, client FROM audit WHERE object_id = $1 ORDER BY id', deliveryId);

describe('A status callback of Twilio', () => {
  it('makes a delivery DELIVERED for good, whatever is repeated or comes late', async () => {
    const sent = await sentBy('sms');
    expect(await postTwilio(api, sent, { MessageStatus: 'delivered' })).toEqual(TAKEN);
    expect(await delivery(sent)).toMatchObject({ status: 'DELIVERED', error: null });
    for (const MessageStatus of ['delivered', 'sent', 'queued', 'undelivered', 'failed', 'unheard-of'])
      expect(await postTwilio(api, sent, { MessageStatus })).toEqual(TAKEN);
    expect(await delivery(sent)).toMatchObject({ status: 'DELIVERED', error: null });
    expect(await trailOf(sent)).toEqual([
      { event: 'delivery.sent', client: 'worker' },
      { event: 'delivery.delivered', client: `twilio:${twilio.host}` },
    ]);
  });

  it('makes a delivery FAILED, and DELIVERED after all', async () => {
    const sent = await sentBy('sms');
    await postTwilio(api, sent, { MessageStatus: 'undelivered', ErrorCode: '30003' });
    expect(await delivery(sent)).toMatchObject({ status: 'FAILED', error: 'UNDELIVERED' });
    await postTwilio(api, sent, { MessageStatus: 'sent' });
    expect(await delivery(sent)).toMatchObject({ status: 'FAILED', error: 'UNDELIVERED' });
    await postTwilio(api, sent, { MessageStatus: 'delivered' });
    expect(await delivery(sent)).toMatchObject({ status: 'DELIVERED', error: null });
  });

  it('leads to one end when many come at once, in any order', async () => {
    const sent = await sentBy('sms');
    const statuses = ['sent', 'failed', 'delivered', 'queued', 'undelivered'];
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        postTwilio(api, sent, { MessageStatus: statuses[index % statuses.length]! }),
      ),
    );
    expect(answers).toEqual(answers.map(() => TAKEN));
    expect(await delivery(sent)).toMatchObject({ status: 'DELIVERED' });
    const events = (await trailOf(sent)).map(({ event }) => event);
    expect(events.filter((event) => event === 'delivery.delivered')).toHaveLength(1);
    expect(events.filter((event) => event === 'delivery.failed').length).toBeLessThan(2);
  });

  it('is recorded after its challenge has ended', async () => {
    const sent = await sentBy('sms');
    await proof.api().cancel(sent.challengeId);
    await postTwilio(api, sent, { MessageStatus: 'delivered' });
    expect(await delivery(sent)).toMatchObject({ status: 'DELIVERED' });
  });

  it('is refused when it is forged, and changes nothing', async () => {
    const [sent, other] = [await sentBy('sms'), await sentBy('sms')];
    const delivered = { MessageStatus: 'delivered' };
    const form = new URLSearchParams({ MessageSid: 'SM1', ...delivered }).toString();
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const url = `${api}${pathOf('twilio', sent)}`;
    expect(await post(url, form, type)).toEqual(REFUSED);
    expect(await post(url, form, { ...type, 'x-twilio-signature': 'forged' })).toEqual(REFUSED);
    expect(await postTwilio(api, sent, delivered, { token: 'another' })).toEqual(REFUSED);
    expect(await postTwilio(api, sent, delivered, { signed: other })).toEqual(REFUSED);
    expect(await postTwilio(api, { ...sent, tenant: 'globex' }, delivered, { signed: sent })).toEqual(
      REFUSED,
    );
    expect(await delivery(sent)).toMatchObject({ status: 'SENT' });
    expect(await trailOf(sent)).toHaveLength(1);
    const told = proof.acs.apis[0]!.lines.filter((line) => line.includes('receipt-forged'));
    expect(told.length).toBeGreaterThanOrEqual(5);
    expect(told.join()).not.toContain('SM1');
  });

  it.each<[string, (sent: Sent) => Partial<Subject>]>([
    ['of another tenant', () => ({ tenant: 'globex' })],
    ['of no tenant', () => ({ tenant: 'nobody here' })],
    ['of a tenant that no database could hold', () => ({ tenant: '\0' })],
    ['of a delivery that is not there', () => ({ deliveryId: uuidv7() })],
    ['of what is no identifier', () => ({ deliveryId: "' OR true" })],
  ])('is taken and changes nothing when it is %s', async (_, changes) => {
    const sent = await sentBy('sms');
    const to = { ...sent, ...changes(sent) };
    const encoded = { ...to, deliveryId: encodeURIComponent(to.deliveryId) };
    const signed = { ...to, deliveryId: to.deliveryId };
    expect(await postTwilio(api, encoded, { MessageStatus: 'delivered' }, { signed })).toEqual(TAKEN);
    expect(await delivery(sent)).toMatchObject({ status: 'SENT' });
  });

  it('changes nothing when it names another message', async () => {
    const sent = await sentBy('sms');
    expect(await postTwilio(api, sent, { MessageStatus: 'delivered', MessageSid: 'SM2' })).toEqual(TAKEN);
    expect(await delivery(sent)).toMatchObject({ status: 'SENT' });
  });

  it('settles an unknown outcome', async () => {
    twilio.behaviour = (response) => {
      (response.req.method === 'GET' ? answer(200, '{"messages":[]}') : hangUp)(response);
    };
    const sent = await challenge('sms');
    await stands(sent, 'UNKNOWN');
    await postTwilio(api, sent, { MessageStatus: 'sent', MessageSid: 'SM7' });
    expect(await delivery(sent)).toMatchObject({ status: 'SENT', error: null, sentAt: expect.any(String) });
    await postTwilio(api, sent, { MessageStatus: 'delivered', MessageSid: 'SM8' });
    expect(await delivery(sent)).toMatchObject({ status: 'SENT' });
    await postTwilio(api, sent, { MessageStatus: 'delivered', MessageSid: 'SM7' });
    expect(await delivery(sent)).toMatchObject({ status: 'DELIVERED' });
    expect(postsFor(sent)).toBe(1);
  });

  it('waits for the attempt under way, and goes before its outcome', async () => {
    let held: ServerResponse | undefined;
    twilio.behaviour = (response) => {
      held = response;
    };
    const sent = await challenge('sms');
    await eventually(() => held !== undefined);
    expect(await postTwilio(api, sent, { MessageStatus: 'delivered' })).toEqual(TAKEN);
    expect(await postTwilio(api, sent, { MessageStatus: 'sent' })).toEqual(TAKEN);
    expect(await delivery(sent)).toMatchObject({ status: 'SENDING' });
    taking('SM1')(held!);
    await stands(sent, 'DELIVERED');
    const attempts = await proof.database.rows<{ outcome: string }>(
      'SELECT outcome FROM delivery_attempt WHERE delivery_id = $1',
      sent.deliveryId,
    );
    expect(attempts).toEqual([{ outcome: 'SENT' }]);
  });

  it('spares the repeat after a worker was lost', async () => {
    twilio.behaviour = neverAnswer;
    const sent = await challenge('sms');
    await eventually(() => postsFor(sent) === 1);
    await postTwilio(api, sent, { MessageStatus: 'queued' });
    twilio.behaviour = taking('SM2');
    await proof.acs.restartWorker();
    await stands(sent, 'SENT', 20_000);
    expect(postsFor(sent)).toBe(1);
    await postTwilio(api, sent, { MessageStatus: 'delivered' });
    expect(await delivery(sent)).toMatchObject({ status: 'DELIVERED' });
  }, 40_000);
});

/** How often Twilio was handed the message of a delivery. */
const postsFor = ({ deliveryId }: Subject): number =>
  twilio.requests.filter(
    ({ method, body }) =>
      method === 'POST' && new URLSearchParams(body).get('StatusCallback')?.endsWith(deliveryId) === true,
  ).length;

describe('An unknown outcome at Twilio', () => {
  it('is settled by a look-up, without a repeat', async () => {
    let text: string | null = null;
    twilio.behaviour = (response) => {
      const { body } = twilio.requests.at(-1)!;
      if (response.req.method === 'POST') {
        text = new URLSearchParams(body).get('Body');
        hangUp(response);
      } else {
        const listed = {
          sid: 'SM5',
          body: text,
          direction: 'outbound-api',
          date_created: new Date().toUTCString(),
        };
        answer(200, JSON.stringify({ messages: [listed] }))(response);
      }
    };
    const sent = await challenge('sms');
    await stands(sent, 'SENT');
    expect(postsFor(sent)).toBe(1);
    const [row] = await proof.database.rows<{ sid: string }>(
      'SELECT provider_message_id AS sid FROM delivery WHERE id = $1',
      sent.deliveryId,
    );
    expect(row).toEqual({ sid: 'SM5' });
  });

  it('stays unknown, without a repeat, when the message is not listed', async () => {
    twilio.behaviour = (response) => {
      (response.req.method === 'GET' ? answer(200, '{"messages":[]}') : hangUp)(response);
    };
    const sent = await challenge('sms');
    await stands(sent, 'UNKNOWN');
    expect(await delivery(sent)).toMatchObject({ error: 'OUTCOME_UNKNOWN' });
    expect(postsFor(sent)).toBe(1);
  });
});

describe('A receipt of a gateway', () => {
  const viaGateway = async (): Promise<Sent> => {
    twilio.behaviour = answer(503);
    return await sentBy('sms');
  };

  it.each([
    ['sent', 'SENT', null],
    ['delivered', 'DELIVERED', null],
    ['failed', 'FAILED', 'UNDELIVERED'],
  ])('that says %s leaves the delivery %s', async (status, stood, error) => {
    const sent = await viaGateway();
    expect(await postGateway(api, sent, { id: sent.deliveryId, status })).toEqual(TAKEN);
    expect(await delivery(sent)).toMatchObject({ status: stood, error });
  });

  it('is refused when it is forged, old, or of another delivery', async () => {
    const [sent, other] = [await viaGateway(), await viaGateway()];
    const body = { id: sent.deliveryId, status: 'delivered' };
    expect(await postGateway(api, sent, body, { secret: 'another' })).toEqual(REFUSED);
    expect(await postGateway(api, sent, body, { ageSeconds: 310 })).toEqual(REFUSED);
    expect(await postGateway(api, other, body)).toEqual(REFUSED);
    expect(await postGateway(api, { ...sent, tenant: 'globex' }, body)).toEqual(TAKEN);
    for (const each of [sent, other]) expect(await delivery(each)).toMatchObject({ status: 'SENT' });
  });

  it('says nothing of a delivery that another provider took', async () => {
    const sent = await sentBy('sms');
    expect(await postGateway(api, sent, { id: sent.deliveryId, status: 'failed' })).toEqual(TAKEN);
    expect(await delivery(sent)).toMatchObject({ status: 'SENT' });
  });
});

describe('A notification of Amazon SES', () => {
  const certificateUrl = (): string => `http://${sns.host}/SimpleNotificationService-0a1b.pem`;
  const notify = (
    sent: Sent,
    type: string,
    more: object = {},
    members: object = {},
  ): ReturnType<typeof postSns> =>
    postSns(api, amazon.privateKey, {
      SigningCertURL: certificateUrl(),
      Message: sesEventText(sent, 'SES-1', type, more),
      ...members,
    });

  it.each(['1', '2'])('with signature version %s makes a delivery DELIVERED', async (SignatureVersion) => {
    const sent = await sentBy('email');
    expect(await notify(sent, 'Delivery', {}, { SignatureVersion })).toEqual(TAKEN);
    expect(await notify(sent, 'Bounce', { bounce: { bounceType: 'Permanent' } })).toEqual(TAKEN);
    expect(await delivery(sent)).toMatchObject({ status: 'DELIVERED' });
    expect(sns.requests.filter(({ path }) => path.endsWith('.pem')).length).toBeLessThanOrEqual(1);
  });

  it('makes a delivery FAILED for a permanent bounce, and leaves it for one that may pass', async () => {
    const sent = await sentBy('email');
    await notify(sent, 'Bounce', { bounce: { bounceType: 'Transient' } });
    await notify(sent, 'DeliveryDelay');
    expect(await delivery(sent)).toMatchObject({ status: 'SENT' });
    await notify(sent, 'Bounce', { bounce: { bounceType: 'Permanent' } });
    expect(await delivery(sent)).toMatchObject({ status: 'FAILED', error: 'UNDELIVERED' });
  });

  it('puts a complaint on the audit trail, once', async () => {
    const sent = await sentBy('email');
    await Promise.all([notify(sent, 'Complaint'), notify(sent, 'Complaint'), notify(sent, 'Complaint')]);
    expect(await delivery(sent)).toMatchObject({ status: 'SENT' });
    expect(await trailOf(sent)).toEqual([
      { event: 'delivery.sent', client: 'worker' },
      { event: 'delivery.complained', client: 'ses:eu-west-1' },
    ]);
  });

  it('is refused when it is forged, and what it names elsewhere is not fetched', async () => {
    const sent = await sentBy('email');
    const forger = selfSigned();
    stranger.behaviour = answer(200, forger.certificate);
    const Message = sesEventText(sent, 'SES-1', 'Delivery');
    const SigningCertURL = certificateUrl();
    const path = '/SimpleNotificationService-0a1b.pem';
    const forged: readonly Parameters<typeof postSns>[2][] = [
      { SigningCertURL, Message },
      { SigningCertURL: `http://${stranger.host}${path}`, Message },
      { SigningCertURL: `http://${sns.host}@${stranger.host}${path}`, Message },
      { SigningCertURL: `http://${sns.host}.${stranger.host}${path}`, Message },
      { SigningCertURL: `http://${sns.host}/SimpleNotificationService-dead.pem`, Message },
      { SigningCertURL: `http://${sns.host}/other.pem`, Message },
      { SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b.pem', Message },
      { SigningCertURL: 'nowhere', Message },
      { SigningCertURL, Message, TopicArn: `${TOPIC}2` },
    ];
    for (const members of forged) expect(await postSns(api, forger.privateKey, members)).toEqual(REFUSED);
    const { privateKey } = amazon;
    expect(await postSns(api, privateKey, { SigningCertURL, Message, TopicArn: `${TOPIC}2` })).toEqual(
      REFUSED,
    );
    expect(await postSns(api, privateKey, { SigningCertURL, Message, Signature: '' })).toEqual(REFUSED);
    expect(stranger.requests).toEqual([]);
    expect(await delivery(sent)).toMatchObject({ status: 'SENT' });
  });

  it('is asked for again while its certificate cannot be had', async () => {
    sns.behaviour = answer(500);
    const sent = await sentBy('email');
    const SigningCertURL = `http://${sns.host}/SimpleNotificationService-ffff.pem`;
    expect(await notify(sent, 'Delivery', {}, { SigningCertURL })).toEqual({
      status: 503,
      code: 'unavailable',
    });
  });

  it('is subscribed to when Amazon asks, at Amazon and nowhere else', async () => {
    const subscribe = `http://${sns.host}/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=abc`;
    const confirm = (SubscribeURL: string): ReturnType<typeof postSns> =>
      postSns(api, amazon.privateKey, {
        Type: 'SubscriptionConfirmation',
        Message: 'You have chosen to subscribe',
        Token: 'abc',
        SigningCertURL: certificateUrl(),
        SubscribeURL,
      });
    const asked = (): string[] =>
      [sns, ses]
        .flatMap(({ requests }) => requests.map(({ path }) => path))
        .filter((path) => path.includes('Action'));
    expect(await confirm(subscribe.replace(sns.host, ses.host))).toEqual(TAKEN);
    expect(await confirm(subscribe.replace('ConfirmSubscription', 'DeleteTopic'))).toEqual(TAKEN);
    expect(asked()).toEqual([]);
    expect(await confirm(subscribe)).toEqual(TAKEN);
    expect(asked()).toEqual([`/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=abc`]);
  });
});

describe('A hostile request', () => {
  const to = { tenant: 'acme', deliveryId: uuidv7() };
  const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
  const JSON_BODY = { 'content-type': 'application/json' };
  const TEXT = { 'content-type': 'text/plain' };
  const TWILIO = pathOf('twilio', to);
  const GATEWAY = pathOf('gateway', to);
  const SES = '/receipts/ses';

  it.each<[string, string, string | Buffer, Record<string, string>, number, string]>([
    ['a form that is too large', TWILIO, `a=${'x'.repeat(17_000)}`, FORM, 413, 'body-too-large'],
    ['JSON that is too large', GATEWAY, 'x'.repeat(70_000), JSON_BODY, 413, 'body-too-large'],
    ['text that is huge', SES, 'x'.repeat(2_000_000), TEXT, 413, 'body-too-large'],
    ['an empty form', TWILIO, '', FORM, 400, 'request-invalid'],
    ['a form of separators', TWILIO, '&=&&==%%%zz&'.repeat(999), FORM, 400, 'request-invalid'],
    ['bytes that are no text', TWILIO, Buffer.from([0xff, 0xfe, 0]), FORM, 400, 'request-invalid'],
    ['JSON where a form belongs', TWILIO, '{}', JSON_BODY, 415, 'media-type-unsupported'],
    ['a form where JSON belongs', GATEWAY, 'a=b', FORM, 415, 'media-type-unsupported'],
    ['text where a form belongs', TWILIO, 'a=b', TEXT, 415, 'media-type-unsupported'],
    ['a form where text belongs', SES, 'a=b', FORM, 415, 'media-type-unsupported'],
    ['XML', SES, '<x/>', { 'content-type': 'application/xml' }, 415, 'media-type-unsupported'],
    [
      'a compressed body',
      SES,
      '{}',
      { ...JSON_BODY, 'content-encoding': 'gzip' },
      415,
      'media-type-unsupported',
    ],
    ['malformed JSON', SES, '{"Type":', TEXT, 400, 'request-malformed'],
    ['JSON that is no object', SES, '[]', TEXT, 400, 'request-invalid'],
    ['JSON that reaches for prototypes', SES, '{"__proto__":{}}', TEXT, 400, 'request-invalid'],
    ['JSON that is deep', SES, `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`, TEXT, 400, 'request-invalid'],
    ['a message of no kind', SES, '{"Type":{}}', TEXT, 400, 'request-invalid'],
    ['malformed JSON without a signature', GATEWAY, '{', JSON_BODY, 400, 'request-invalid'],
    ['a path that cannot be decoded', '/receipts/twilio/%zz/x', '', FORM, 400, 'request-malformed'],
    ['another path', '/receipts/twilio', '', FORM, 404, 'route-not-found'],
    ['another provider', pathOf('gateway', to).replace('gateway', 'sns'), '', FORM, 404, 'route-not-found'],
    ['a form to the API itself', '/v1/challenges', 'a=b', FORM, 415, 'media-type-unsupported'],
  ])('with %s is answered as documented', async (_, path, body, headers, status, code) => {
    expect(await post(`${api}${path}`, body, headers)).toEqual({ status, code });
  });

  it('signed by a gateway is answered as documented', async () => {
    expect(await postGateway(api, to, '{"id":')).toEqual({ status: 400, code: 'request-malformed' });
    expect(await postGateway(api, to, '[]')).toEqual(REFUSED);
    expect(await postGateway(api, to, { id: to.deliveryId, status: 'sent', more: 1 })).toEqual(REFUSED);
  });

  it('with another method is told which', async () => {
    const response = await fetch(`${api}${TWILIO}`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });
});

describe('Routes of receipts', () => {
  it('are not there where no provider asks for them, and in no document', async () => {
    const silent = await proof.acs.addApi({ EMAIL_PROVIDERS: '', SMS_PROVIDERS: '' });
    const subject = { tenant: 'acme', deliveryId: uuidv7() };
    for (const path of [pathOf('twilio', subject), pathOf('gateway', subject), '/receipts/ses', '/receipts'])
      expect(await post(`${silent.url}${path}`, '{}', { 'content-type': 'application/json' })).toEqual({
        status: 404,
        code: 'route-not-found',
      });
    for (const url of [silent.url, api])
      expect(await (await fetch(`${url}/openapi.json`)).text()).not.toContain('receipts');
  });

  it('are there for the providers that ask, and no others', async () => {
    const one = await proof.acs.addApi({ EMAIL_PROVIDERS: '' });
    const headers = { 'content-type': 'text/plain' };
    expect(await post(`${one.url}/receipts/ses`, '{}', headers)).toMatchObject({ status: 404 });
  });

  it('shed an address that goes on forging, and still take what is signed', async () => {
    const fresh = await proof.acs.addApi();
    const sent = await sentBy('sms');
    const forged = await Promise.all(
      Array.from({ length: 120 }, () =>
        postTwilio(fresh.url, sent, { MessageStatus: 'delivered' }, { token: 'another' }),
      ),
    );
    expect(forged.filter(({ code }) => code === 'request-invalid')).toHaveLength(100);
    expect(forged.filter(({ status, code }) => status === 429 && code === 'rate-limited')).toHaveLength(20);
    expect(await postTwilio(fresh.url, sent, { MessageStatus: 'delivered' })).toEqual(TAKEN);
    expect(await delivery(sent)).toMatchObject({ status: 'DELIVERED' });
  });
});
