import { renderMessage } from '../../template/render.js';
import { smsSegments } from '../../template/sms-segments.js';
import { TemplateError } from '../../template/template-error.js';
import type { RenderedMessage } from '../../template/template.js';
import type { Attempt } from './attempt.js';
import type { EmailMessage, SmsMessage } from './provider.js';

/** The e-mail of an attempt; the same for every attempt of its delivery. Throws when the template cannot be rendered. */
export function composeEmail(attempt: Attempt): EmailMessage {
  const { from, replyTo } = attempt.sender;
  const { subject, text, html } = rendered(attempt);
  return { ...common(attempt), from, replyTo, subject: subject ?? '', text, html };
}

/**
 * The text message of an attempt; the same for every attempt of its delivery. Throws when the template cannot be
 * rendered, and when the text takes more segments than the configuration allows today.
 */
export function composeSms(attempt: Attempt): SmsMessage {
  const { text } = rendered(attempt);
  const { segments } = smsSegments(text);
  const { maxSegments } = attempt;
  if (segments > maxSegments)
    throw new TemplateError('too-large', `It takes ${segments} segments; ${maxSegments} are allowed.`);
  return { ...common(attempt), senderId: attempt.sender.senderId, text };
}

function common({
  deliveryId,
  tenant,
  createdAt,
  message,
}: Attempt): Pick<SmsMessage, 'deliveryId' | 'tenant' | 'to' | 'date'> {
  return { deliveryId, tenant, to: message.recipient, date: createdAt };
}

function rendered({ template, message }: Attempt): RenderedMessage {
  const emailType = template.link === null ? 'EMAIL_OTP' : 'EMAIL_LINK';
  const type = message.channel === 'SMS' ? 'SMS_OTP' : emailType;
  return renderMessage(template, type, message.locale, message.variables);
}
