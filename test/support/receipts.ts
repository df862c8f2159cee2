import { createHmac, type KeyObject, sign } from 'node:crypto';
import { deliveryTags } from '../../src/delivery/receipts/ses-tags.js';
import { type SnsMessage, stringToSign } from '../../src/delivery/receipts/sns-message.js';

export const RECEIPTS_BASE = 'http://acs.test/base';
export const TWILIO_TOKEN = 'twilio:token';
export const GATEWAY_SECRET = 'a-shared-secret-of-the-gateway';
export const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:mail-events';

export interface Subject {
  readonly tenant: string;
  readonly deliveryId: string;
}

/** What came back: a status, and the code of a problem. */
export interface Answered {
  readonly status: number;
  readonly code: string | undefined;
}

/** Posts as a provider does. */
export async function post(
  url: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<Answered> {
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  return {
    status: response.status,
    code: isProblem ? (JSON.parse(text) as { code: string }).code : undefined,
  };
}

/** A status callback of Twilio; what is `signed` may differ from where it goes. */
export async function postTwilio(
  api: string,
  to: Subject,
  fields: Readonly<Record<string, string>>,
  { signed = to, token = TWILIO_TOKEN }: { readonly signed?: Subject; readonly token?: string } = {},
): Promise<Answered> {
  const form = new URLSearchParams({ AccountSid: 'AC123', MessageSid: 'SM1', ...fields });
  const parameters = [...form.entries()].sort().map(([name, value]) => name + value);
  const text = `${RECEIPTS_BASE}${pathOf('twilio', signed)}${parameters.join('')}`;
  return await post(`${api}${pathOf('twilio', to)}`, form.toString(), {
    'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
    'x-twilio-signature': createHmac('sha1', token).update(text).digest('base64'),
  });
}

export async function postGateway(
  api: string,
  to: Subject,
  body: object | string,
  { secret = GATEWAY_SECRET, ageSeconds = 0 } = {},
): Promise<Answered> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const seconds = Math.floor(Date.now() / 1_000) - ageSeconds;
  const mac = createHmac('sha256', secret).update(`${seconds}.${text}`).digest('hex');
  return await post(`${api}${pathOf('gateway', to)}`, text, {
    'content-type': 'application/json',
    'x-acs-signature': `t=${seconds},v1=${mac}`,
  });
}

/** A message of SNS, signed with the key. */
export async function postSns(
  api: string,
  key: KeyObject,
  members: Pick<SnsMessage, 'SigningCertURL' | 'Message'> & Partial<SnsMessage>,
): Promise<Answered> {
  const message: SnsMessage = {
    Type: 'Notification',
    MessageId: 'c3b6f3c0',
    TopicArn: TOPIC,
    Timestamp: new Date().toISOString(),
    SignatureVersion: '2',
    Signature: '',
    ...members,
  };
  const digest = message.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  const signature = sign(digest, Buffer.from(stringToSign(message)), key).toString('base64');
  const body = JSON.stringify({ ...message, Signature: members.Signature ?? signature });
  return await post(`${api}/receipts/ses`, body, { 'content-type': 'text/plain; charset=UTF-8' });
}

export function sesEventText(
  subject: Subject,
  messageId: string,
  eventType: string,
  more: object = {},
): string {
  const tags = Object.fromEntries(deliveryTags(subject).map(({ Name, Value }) => [Name, [Value]]));
  return JSON.stringify({ eventType, mail: { messageId, tags }, ...more });
}

export function pathOf(kind: 'twilio' | 'gateway', { tenant, deliveryId }: Subject): string {
  return `/receipts/${kind}/${encodeURIComponent(tenant)}/${deliveryId}`;
}
