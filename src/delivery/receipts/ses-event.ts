import type { ReceiptSubject } from '../application/receipt-url.js';
import type { DeliveryReceipt, ReceiptStatus } from '../domain/receipt.js';
import { subjectOfTags } from './ses-tags.js';

type Members = Readonly<Record<string, unknown>>;

/** What each type of event says; a bounce that may pass says nothing yet. */
const STATUSES: Readonly<Record<string, (event: Members) => ReceiptStatus | undefined>> = {
  Send: () => 'SENT',
  Delivery: () => 'DELIVERED',
  Bounce: (event) => (membersOf(event['bounce'])['bounceType'] === 'Permanent' ? 'UNDELIVERED' : undefined),
  Reject: () => 'UNDELIVERED',
  Complaint: () => 'COMPLAINED',
};

/**
 * What an event of Amazon SES says of which delivery
 * (https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html); undefined for events
 * that say nothing of the kind and for mail that is not ours.
 */
export function sesEvent(
  provider: string,
  text: string,
): { readonly subject: ReceiptSubject; readonly receipt: DeliveryReceipt } | undefined {
  const event = parsed(text);
  const { messageId, tags } = membersOf(event['mail']);
  const type = typeof event['eventType'] === 'string' ? event['eventType'] : '';
  const status = Object.hasOwn(STATUSES, type) ? STATUSES[type]?.(event) : undefined;
  const subject = subjectOfTags(tags);
  if (!status || !subject || typeof messageId !== 'string' || !/^[\w-]{1,128}$/.test(messageId))
    return undefined;
  const cause = status === 'UNDELIVERED' || status === 'COMPLAINED' ? `ses-${type.toLowerCase()}` : null;
  return { subject, receipt: { provider, messageId, status, cause } };
}

function parsed(text: string): Members {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    return {}; // SNS greets a new topic in plain words
  }
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}
