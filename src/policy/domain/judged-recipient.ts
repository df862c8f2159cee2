import type { Settings } from '../../config/domain/configuration.js';
import type { Finding } from '../../shared/app-error.js';
import type { PolicyContent } from './policy.js';
import { emailRecipient, phoneRecipient, type Recipient } from './recipient.js';
import { exclusionOf } from './recipient-rules.js';

/** What speaks against a recipient; its code is the problem's too. */
export interface RecipientFinding extends Finding {
  readonly code: 'recipient-invalid' | 'recipient-not-allowed';
}

/** Nothing is sent, so that nobody is to be named. */
export const RECIPIENT_OF_TOKEN: Finding = {
  pointer: '/recipient',
  code: 'not-allowed',
  detail: 'a TOKEN challenge is not delivered',
};

/** The recipient that a text names, or why a policy of a delivered type may not send to it. */
export function judgedRecipient(
  text: string,
  { type, conditions }: Pick<PolicyContent, 'type' | 'conditions'>,
  { email, sms }: Pick<Settings, 'email' | 'sms'>,
): { readonly recipient: Recipient } | { readonly finding: RecipientFinding } {
  const recipient = type === 'SMS_OTP' ? phoneRecipient(text) : emailRecipient(text);
  if (!recipient)
    return refused('recipient-invalid', 'The recipient is not a valid address for this policy.');
  const exclusion = exclusionOf(recipient, {
    policy: conditions.recipients,
    blockedDomains: email.blockedDomains,
    countries: sms.countries,
  });
  return exclusion === undefined ? { recipient } : refused('recipient-not-allowed', exclusion);
}

function refused(code: RecipientFinding['code'], detail: string): { readonly finding: RecipientFinding } {
  return { finding: { pointer: '/recipient', code, detail } };
}
