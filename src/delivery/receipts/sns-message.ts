/** A message of Amazon SNS to an HTTPS endpoint, with the members that its signature is over, and how it is signed. */
export interface SnsMessage {
  readonly Type: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Message: string;
  readonly Timestamp: string;
  readonly Subject?: string;
  readonly SubscribeURL?: string;
  readonly Token?: string;
  readonly SignatureVersion: '1' | '2';
  readonly Signature: string;
  readonly SigningCertURL: string;
}

const OF_NOTIFICATIONS = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const;
const OF_CONFIRMATIONS = [
  'Message',
  'MessageId',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
] as const;
const ALWAYS = ['MessageId', 'TopicArn', 'Message', 'Timestamp', 'Signature', 'SigningCertURL'] as const;

/** The message that a body holds; undefined when it is none of SNS. */
export function snsMessageOf(body: object): SnsMessage | undefined {
  const members = body as Readonly<Record<string, unknown>>;
  const { Type, SignatureVersion } = members;
  const isNotification = Type === 'Notification';
  if (!isNotification && Type !== 'SubscriptionConfirmation' && Type !== 'UnsubscribeConfirmation')
    return undefined;
  if (SignatureVersion !== '1' && SignatureVersion !== '2') return undefined;
  const needed = isNotification ? ALWAYS : [...ALWAYS, 'SubscribeURL', 'Token'];
  if (!needed.every((name) => typeof members[name] === 'string')) return undefined;
  if (members['Subject'] !== undefined && typeof members['Subject'] !== 'string') return undefined;
  return body as SnsMessage;
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html */
export function stringToSign(message: SnsMessage): string {
  const names = message.Type === 'Notification' ? OF_NOTIFICATIONS : OF_CONFIRMATIONS;
  return names
    .flatMap((name) => {
      const value = message[name];
      return value === undefined ? [] : [`${name}\n${value}\n`];
    })
    .join('');
}
