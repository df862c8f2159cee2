import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AttemptOutcome, Conclusion } from '../../src/delivery/domain/conclude.js';
import type { DeliveryStatus } from '../../src/delivery/domain/delivery.js';
import {
  concludeByReceipt,
  decideReceipt,
  type DeliveryReceipt,
  type Receivable,
  RECEIPT_MOVES,
  type ReceiptStatus,
  settleAbandoned,
} from '../../src/delivery/domain/receipt.js';
import { gatewayReceipt, GatewaySigners } from '../../src/delivery/receipts/gateway-receipts.js';
import { sesEvent } from '../../src/delivery/receipts/ses-event.js';
import { deliveryTags } from '../../src/delivery/receipts/ses-tags.js';
import { snsMessageOf, stringToSign } from '../../src/delivery/receipts/sns-message.js';
import { twilioReceipt, TwilioSigners } from '../../src/delivery/receipts/twilio-receipts.js';
import { isSignedByTwilio } from '../../src/delivery/receipts/twilio-signature.js';

const ID = '01990000-0000-7000-8000-000000000001';
const TWILIO = 'twilio:api.twilio.com';

const receipt = (status: ReceiptStatus, changes: Partial<DeliveryReceipt> = {}): DeliveryReceipt => ({
  provider: TWILIO,
  messageId: 'SM1',
  status,
  cause: null,
  ...changes,
});

const delivery = (status: DeliveryStatus, changes: Partial<Receivable> = {}): Receivable => ({
  status,
  provider: null,
  providerMessageId: null,
  kept: null,
  attempted: true,
  isNewest: true,
  othersMayExist: false,
  ...changes,
});

const after = (state: Receivable, given: DeliveryReceipt): Receivable => {
  const decision = decideReceipt(state, given);
  if (decision.kind !== 'settle') return decision.kind === 'keep' ? { ...state, kept: given } : state;
  const { provider, messageId: providerMessageId } = given;
  return { ...state, status: decision.status, provider, providerMessageId };
};

describe('A receipt', () => {
  it.each<[DeliveryStatus, ReceiptStatus, DeliveryStatus]>([
    ['UNKNOWN', 'SENT', 'SENT'],
    ['UNKNOWN', 'DELIVERED', 'DELIVERED'],
    ['UNKNOWN', 'UNDELIVERED', 'FAILED'],
    ['DEAD', 'DELIVERED', 'DELIVERED'],
    ['PENDING', 'SENT', 'SENT'],
    ['PENDING', 'DELIVERED', 'DELIVERED'],
    ['SENT', 'DELIVERED', 'DELIVERED'],
    ['SENT', 'UNDELIVERED', 'FAILED'],
    ['FAILED', 'DELIVERED', 'DELIVERED'],
  ])('moves %s, being %s, to %s', (from, status, to) => {
    expect(after(delivery(from), receipt(status)).status).toBe(to);
  });

  it.each<[DeliveryStatus, ReceiptStatus]>([
    ['SENT', 'SENT'],
    ['DELIVERED', 'SENT'],
    ['DELIVERED', 'DELIVERED'],
    ['DELIVERED', 'UNDELIVERED'],
    ['FAILED', 'SENT'],
    ['FAILED', 'UNDELIVERED'],
    ['PENDING', 'UNDELIVERED'],
    ['DELIVERED', 'COMPLAINED'],
    ['SENT', 'COMPLAINED'],
  ])('leaves %s where it is, being %s', (from, status) => {
    expect(after(delivery(from), receipt(status)).status).toBe(from);
  });

  it('never moves anything in a circle', () => {
    const order: readonly DeliveryStatus[] = ['PENDING', 'UNKNOWN', 'DEAD', 'SENT', 'FAILED', 'DELIVERED'];
    for (const moves of Object.values(RECEIPT_MOVES))
      for (const [from, to] of Object.entries(moves))
        expect(order.indexOf(to.status)).toBeGreaterThan(order.indexOf(from as DeliveryStatus));
    expect(Object.values(RECEIPT_MOVES).some((moves) => 'DELIVERED' in moves)).toBe(false);
  });

  it('leads to the same end in whichever order and however often receipts come', () => {
    const statuses = fc.array(
      fc.constantFrom<ReceiptStatus>('SENT', 'DELIVERED', 'UNDELIVERED', 'COMPLAINED'),
    );
    const starts = fc.constantFrom<DeliveryStatus>('UNKNOWN', 'DEAD', 'SENT', 'DELIVERED');
    const end = (from: DeliveryStatus, given: readonly ReceiptStatus[]): DeliveryStatus =>
      given.map((status) => receipt(status)).reduce(after, delivery(from)).status;
    fc.assert(
      fc.property(starts, statuses, fc.infiniteStream(fc.nat()), (from, given, draws) => {
        const shuffled = [...given, ...given]
          .map((status) => ({ status, at: Number(draws.next().value) }))
          .sort((one, other) => one.at - other.at)
          .map(({ status }) => status);
        expect(end(from, shuffled)).toBe(end(from, given));
      }),
    );
  });

  it('counts from a provider that was tried with the message, about that message, alone', () => {
    const sent = delivery('SENT', { provider: TWILIO, providerMessageId: 'SM1' });
    const ignored = { kind: 'ignore' };
    expect(decideReceipt(sent, receipt('DELIVERED', { messageId: 'SM2' }))).toEqual(ignored);
    expect(decideReceipt(sent, receipt('DELIVERED', { provider: 'gateway:x', messageId: null }))).toEqual(
      ignored,
    );
    expect(decideReceipt({ ...sent, attempted: false }, receipt('DELIVERED'))).toEqual(ignored);
    expect(decideReceipt({ ...sent, providerMessageId: null }, receipt('DELIVERED')).kind).toBe('settle');
  });

  it('does not end as failed what another message of the delivery may have done', () => {
    const unknown = delivery('UNKNOWN', { othersMayExist: true });
    expect(decideReceipt(unknown, receipt('UNDELIVERED'))).toEqual({ kind: 'ignore' });
    expect(decideReceipt(unknown, receipt('SENT')).kind).toBe('settle');
  });

  it('is kept, the furthest of several, while an attempt is under way', () => {
    const sending = delivery('SENDING');
    const kept = [receipt('SENT'), receipt('DELIVERED'), receipt('UNDELIVERED')].reduce(after, sending);
    expect(kept).toEqual({ ...sending, kept: receipt('DELIVERED') });
    const ofAnEarlier = delivery('SENDING', { isNewest: false });
    expect(decideReceipt(ofAnEarlier, receipt('UNDELIVERED'))).toEqual({ kind: 'ignore' });
  });
});

describe('A receipt that was kept', () => {
  const SENT: AttemptOutcome = { kind: 'SENT', providerMessageId: 'SM1' };
  const UNKNOWN: AttemptOutcome = { kind: 'UNKNOWN', detail: 'timeout', repeatable: false };
  const TRANSIENT: AttemptOutcome = { kind: 'TRANSIENT', detail: 'http-503' };
  const sent: Conclusion = { kind: 'sent' };
  const unknown: Conclusion = { kind: 'end', status: 'UNKNOWN', reason: 'OUTCOME_UNKNOWN' };
  const retry: Conclusion = { kind: 'retry', delayMs: 1 };

  it.each<[ReceiptStatus, AttemptOutcome, Conclusion, object]>([
    ['SENT', SENT, sent, { kind: 'sent' }],
    ['SENT', UNKNOWN, unknown, { status: 'SENT' }],
    ['SENT', TRANSIENT, retry, { status: 'SENT' }],
    ['DELIVERED', SENT, sent, { status: 'DELIVERED' }],
    ['DELIVERED', UNKNOWN, retry, { status: 'DELIVERED' }],
    ['UNDELIVERED', SENT, sent, { status: 'FAILED', error: 'UNDELIVERED' }],
    ['UNDELIVERED', UNKNOWN, retry, { status: 'FAILED', reason: 'UNDELIVERED' }],
    ['UNDELIVERED', TRANSIENT, retry, retry],
  ])('as %s goes before the outcome', (status, outcome, conclusion, expected) => {
    expect(concludeByReceipt(receipt(status), outcome, conclusion, 0)).toMatchObject(expected);
  });

  it('says nothing of another message, and nothing certain after an earlier unknown one', () => {
    expect(concludeByReceipt(receipt('UNDELIVERED', { messageId: 'SM9' }), SENT, sent, 0)).toEqual(sent);
    expect(concludeByReceipt(receipt('UNDELIVERED'), UNKNOWN, unknown, 1)).toMatchObject({
      status: 'UNKNOWN',
    });
    expect(concludeByReceipt(null, UNKNOWN, unknown, 0)).toEqual(unknown);
  });

  it('spares a repeat when its worker was lost, unless the message did not get there', () => {
    expect(settleAbandoned(receipt('SENT'))).toMatchObject({ status: 'SENT' });
    expect(settleAbandoned(receipt('DELIVERED'))).toMatchObject({ status: 'DELIVERED' });
    expect(settleAbandoned(receipt('UNDELIVERED'))).toBeUndefined();
    expect(settleAbandoned(null)).toBeUndefined();
  });
});

describe("Twilio's signature", () => {
  const URL_OF_THE_EXAMPLE = 'https://mycompany.com/myapp.php?foo=1&bar=2';
  const form = new URLSearchParams({
    To: '+18005551212',
    From: '+14158675309',
    Digits: '1234',
    Caller: '+14158675309',
    CallSid: 'CA1234567890ABCDE',
  });

  it("is that of the vendor's published examples", () => {
    expect(isSignedByTwilio('12345', URL_OF_THE_EXAMPLE, form, 'RSOYDt4T1cUTdK1PDd93/VVr8B8=')).toBe(true);
    const repeated = new URLSearchParams('Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234');
    expect(isSignedByTwilio('12345', URL_OF_THE_EXAMPLE, repeated, 'IK+Dwps556ElfBT0I3Rgjkr1wJU=')).toBe(
      true,
    );
  });

  it.each([
    ['another URL', URL_OF_THE_EXAMPLE.replace('bar=2', 'bar=3'), form, '12345'],
    ['another form', URL_OF_THE_EXAMPLE, new URLSearchParams({ CallSid: 'x' }), '12345'],
    ['another token', URL_OF_THE_EXAMPLE, form, '12346'],
  ])('is not that of %s', (_, url, parameters, token) => {
    expect(isSignedByTwilio(token, url, parameters, 'RSOYDt4T1cUTdK1PDd93/VVr8B8=')).toBe(false);
  });

  it.each(['', 'x', 'RSOYDt4T1cUTdK1PDd93', '𝕏'.repeat(40)])('is not %p', (signature) => {
    expect(isSignedByTwilio('12345', URL_OF_THE_EXAMPLE, form, signature)).toBe(false);
  });

  it.each([
    ['https://acs.test/x', 'https://acs.test:443/x'],
    ['https://acs.test:8443/x', 'https://acs.test/x'],
    ['http://[::1]:80/x', 'http://[::1]/x'],
  ])('may be over %s as %s', (url, signed) => {
    const signature = createHmac('sha1', 't').update(`${signed}a1`).digest('base64');
    expect(isSignedByTwilio('t', url, new URLSearchParams({ a: '1' }), signature)).toBe(true);
  });

  it('is looked for with the token of every account', () => {
    const accounts = ['one', 'two'].map((token) => ({
      scheme: 'twilio',
      url: new URL(`twilio://AC1:${token}@api.twilio.com?from=1&receipts=https://acs.test/base/`),
    }));
    const subject = { tenant: 'a|b', deliveryId: ID };
    const signature = createHmac('sha1', 'two')
      .update(`https://acs.test/base/receipts/twilio/a%7Cb/${ID}`)
      .digest('base64');
    const none = new URLSearchParams();
    expect(new TwilioSigners(accounts).find(subject, none, signature)).toBe(accounts[1]);
    expect(new TwilioSigners(accounts).find({ ...subject, tenant: 'a' }, none, signature)).toBeUndefined();
    expect(new TwilioSigners(accounts).find(subject, none, undefined)).toBeUndefined();
  });
});

describe('A status callback of Twilio', () => {
  it.each([
    ['queued', 'SENT'],
    ['sending', 'SENT'],
    ['sent', 'SENT'],
    ['delivered', 'DELIVERED'],
    ['undelivered', 'UNDELIVERED'],
    ['failed', 'UNDELIVERED'],
  ])('with %s says %s', (MessageStatus, status) => {
    const form = new URLSearchParams({ MessageStatus, MessageSid: 'SM1', ErrorCode: '30003' });
    expect(twilioReceipt(TWILIO, form)).toEqual(receipt(status as ReceiptStatus, { cause: 'twilio-30003' }));
  });

  it.each([
    { MessageStatus: 'canceled', MessageSid: 'SM1' },
    { MessageStatus: 'constructor', MessageSid: 'SM1' },
    { MessageStatus: 'delivered' },
    { MessageSid: 'SM1' },
  ])('says nothing as %p', (fields) => {
    expect(twilioReceipt(TWILIO, new URLSearchParams(fields as Record<string, string>))).toBeUndefined();
  });
});

describe("A gateway's signature", () => {
  const gateways = [new URL('gateway+https://gw.test/send?secret=s3cret&receipts=https://acs.test')].map(
    (url) => ({ scheme: 'gateway+https', url }),
  );
  const body = Buffer.from(JSON.stringify({ id: ID, status: 'sent' }));
  const signed = (seconds: number, secret = 's3cret'): string =>
    `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex')}`;
  const now = 1_790_000_000_000;

  it.each([0, -299, 299])('is good when it is %i seconds off', (off) => {
    expect(new GatewaySigners(gateways).find(body, signed(now / 1_000 + off), now)).toBe(gateways[0]);
  });

  it.each([
    ['too old', signed(now / 1_000 - 301)],
    ['from the future', signed(now / 1_000 + 301)],
    ['made with another secret', signed(now / 1_000, 'other')],
    ['of another form', `v1=${signed(now / 1_000)}`],
    ['missing', undefined],
  ])('is refused when it is %s', (_, signature) => {
    expect(new GatewaySigners(gateways).find(body, signature, now)).toBeUndefined();
  });

  it('is over every byte of the body', () => {
    const other = Buffer.concat([body, Buffer.from(' ')]);
    expect(new GatewaySigners(gateways).find(other, signed(now / 1_000), now)).toBeUndefined();
  });

  it.each([
    [{ id: 'another', status: 'sent' }, ['/id']],
    [{ id: ID, status: 'gone' }, ['/status']],
    [{ id: ID, status: 'toString' }, ['/status']],
    [{ status: {}, 'a/b': 1 }, ['/a~1b', '/id', '/status']],
  ])('does not let %j pass', (content, pointers) => {
    expect.assertions(1);
    try {
      gatewayReceipt('gateway:gw.test', ID, content);
    } catch (error) {
      expect(error).toMatchObject({
        code: 'request-invalid',
        details: { errors: pointers.map((pointer) => expect.objectContaining({ pointer })) },
      });
    }
  });
});

describe('An event of Amazon SES', () => {
  const subject = { tenant: 'eu|acmé', deliveryId: ID };
  const tags = Object.fromEntries(deliveryTags(subject).map(({ Name, Value }) => [Name, [Value]]));
  const event = (eventType: string, more: object = {}): string =>
    JSON.stringify({ eventType, mail: { messageId: 'M-1', tags, destination: ['x@y.test'] }, ...more });

  it.each([
    ['Send', {}, 'SENT', null],
    ['Delivery', {}, 'DELIVERED', null],
    ['Bounce', { bounce: { bounceType: 'Permanent' } }, 'UNDELIVERED', 'ses-bounce'],
    ['Reject', {}, 'UNDELIVERED', 'ses-reject'],
    ['Complaint', {}, 'COMPLAINED', 'ses-complaint'],
  ])('of type %s says of its delivery what it means', (type, more, status, cause) => {
    expect(sesEvent('ses:eu-west-1', event(type, more))).toEqual({
      subject,
      receipt: { provider: 'ses:eu-west-1', messageId: 'M-1', status, cause },
    });
  });

  it.each([
    ['a bounce that may pass', event('Bounce', { bounce: { bounceType: 'Transient' } })],
    ['a bounce of no kind', event('Bounce', { bounce: null })],
    ['a delay', event('DeliveryDelay')],
    ['a type that objects inherit', event('constructor')],
    ['mail that is not ours', event('Delivery', { mail: { messageId: 'M-1', tags: {} } })],
    ['mail without tags', event('Delivery', { mail: { messageId: 'M-1' } })],
    ['no mail', event('Delivery', { mail: null })],
    ['plain words', 'Successfully validated SNS topic for Amazon SES event publishing.'],
    ['null', 'null'],
  ])('says nothing as %s', (_, text) => {
    expect(sesEvent('ses:eu-west-1', text)).toBeUndefined();
  });
});

describe('A message of Amazon SNS', () => {
  const common = {
    MessageId: 'm',
    TopicArn: 'arn:aws:sns:eu-west-1:123456789012:t',
    Message: 'Hello',
    Timestamp: '2026-01-01T00:00:00.000Z',
    SignatureVersion: '2',
    Signature: 'x',
    SigningCertURL: 'https://x.test',
  };

  it('is signed member by member, the subject only where there is one', () => {
    const plain = snsMessageOf({ ...common, Type: 'Notification' })!;
    const members = 'Timestamp\n2026-01-01T00:00:00.000Z\nTopicArn\narn:aws:sns:eu-west-1:123456789012:t\n';
    expect(stringToSign(plain)).toBe(`Message\nHello\nMessageId\nm\n${members}Type\nNotification\n`);
    expect(stringToSign({ ...plain, Subject: 'S' })).toBe(
      `Message\nHello\nMessageId\nm\nSubject\nS\n${members}Type\nNotification\n`,
    );
    const confirmation = snsMessageOf({
      ...common,
      Type: 'SubscriptionConfirmation',
      SubscribeURL: 'https://s.test',
      Token: 'k',
    })!;
    expect(stringToSign(confirmation)).toBe(
      'Message\nHello\nMessageId\nm\nSubscribeURL\nhttps://s.test\nTimestamp\n2026-01-01T00:00:00.000Z\nToken\nk\n' +
        'TopicArn\narn:aws:sns:eu-west-1:123456789012:t\nType\nSubscriptionConfirmation\n',
    );
  });

  it.each([
    {},
    { ...common, Type: 'Other' },
    { ...common, Type: 'Notification', SignatureVersion: '3' },
    { ...common, Type: 'Notification', Message: 1 },
    { ...common, Type: 'Notification', Subject: {} },
    { ...common, Type: 'SubscriptionConfirmation', Token: 'k' },
  ])('is not %j', (body) => {
    expect(snsMessageOf(body)).toBeUndefined();
  });
});
