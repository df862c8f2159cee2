import type { OutgoingMessage } from '../../delivery/application/outbox.js';
import type { Challenge } from '../domain/challenge.js';
import type { Recipient } from '../domain/recipient.js';

/** The message that carries a challenge's secret to its recipient. */
export function messageOf(
  tenant: string,
  challenge: Challenge,
  recipient: Recipient,
  variables: Readonly<Record<string, string>>,
  secret: string,
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
      expiresInMinutes: Math.max(
        1,
        Math.floor((challenge.expiresAt.getTime() - challenge.createdAt.getTime()) / 60_000),
      ),
      action: challenge.action,
      tenant,
      variables,
    },
  };
}

/** The same message with a new secret. */
export function withSecret(message: OutgoingMessage, challenge: Challenge, secret: string): OutgoingMessage {
  return { ...message, variables: { ...message.variables, ...secretOf(challenge, secret) } };
}

function secretOf(
  { type }: Challenge,
  secret: string,
): { readonly code: string } | { readonly token: string } {
  return type === 'EMAIL_LINK' ? { token: secret } : { code: secret };
}
