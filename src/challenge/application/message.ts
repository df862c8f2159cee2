import type { KeptMessage, OutgoingMessage } from '../../delivery/application/outbox.js';
import type { Sender } from '../../delivery/application/sender.js';
import { minutesLeft } from '../../template/minutes-left.js';
import type { Challenge } from '../domain/challenge.js';
import type { Recipient } from '../../policy/domain/recipient.js';

/** The message that carries a challenge's secret to its recipient. */
export function messageOf(
  tenant: string,
  challenge: Challenge,
  recipient: Recipient,
  variables: Readonly<Record<string, string>>,
  secret: string,
  sender: Sender,
): OutgoingMessage {
  return {
    challengeId: challenge.id,
    policyId: challenge.policy.id,
    policyVersion: challenge.policy.version,
    channel: recipient.channel,
    recipient: recipient.address,
    locale: challenge.locale,
    variables: {
      ...secretOf(challenge, secret),
      challengeId: challenge.id,
      expiresInMinutes: minutesUntilExpiry(challenge, challenge.createdAt),
      action: challenge.action,
      tenant,
      variables,
    },
    sender,
  };
}

/** The same message, sent again as of now: less time is left. */
export function repeatedAt(message: KeptMessage, challenge: Challenge, now: Date): KeptMessage {
  const expiresInMinutes = minutesUntilExpiry(challenge, now);
  return { ...message, variables: { ...message.variables, expiresInMinutes } };
}

/** The same message with a new secret. */
export function withSecret(message: KeptMessage, challenge: Challenge, secret: string): KeptMessage {
  return { ...message, variables: { ...message.variables, ...secretOf(challenge, secret) } };
}

function minutesUntilExpiry({ expiresAt }: Challenge, now: Date): number {
  return minutesLeft(expiresAt.getTime() - now.getTime());
}

function secretOf(
  { type }: Challenge,
  secret: string,
): { readonly code: string } | { readonly token: string } {
  return type === 'EMAIL_LINK' ? { token: secret } : { code: secret };
}
