import type { ProviderAddress } from '../../environment/environment.js';
import { type ReceiptSubject, receiptUrl } from '../application/receipt-url.js';
import type { DeliveryReceipt, ReceiptStatus } from '../domain/receipt.js';
import { isSignedByTwilio } from './twilio-signature.js';

/** https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks */
const STATUSES: Readonly<Record<string, ReceiptStatus>> = {
  accepted: 'SENT',
  queued: 'SENT',
  sending: 'SENT',
  sent: 'SENT',
  delivered: 'DELIVERED',
  read: 'DELIVERED',
  undelivered: 'UNDELIVERED',
  failed: 'UNDELIVERED',
};

/** The accounts that send receipts. */
export class TwilioSigners {
  constructor(private readonly accounts: readonly ProviderAddress[]) {}

  /** Whose auth token signed the form for the address that this delivery's receipts go to. */
  find(subject: ReceiptSubject, form: URLSearchParams, signature: unknown): ProviderAddress | undefined {
    if (typeof signature !== 'string') return undefined;
    return this.accounts.find((account) => {
      const url = receiptUrl(account, 'twilio', subject) ?? '';
      return isSignedByTwilio(decodeURIComponent(account.url.password), url, form, signature);
    });
  }
}

/** What a status callback says; undefined for a status that says nothing about the hand-over. */
export function twilioReceipt(provider: string, form: URLSearchParams): DeliveryReceipt | undefined {
  const told = form.get('MessageStatus') ?? '';
  const status = Object.hasOwn(STATUSES, told) ? STATUSES[told] : undefined;
  const messageId = form.get('MessageSid');
  const error = /^\d{1,6}$/.exec(form.get('ErrorCode') ?? '')?.[0];
  if (status === undefined || messageId === null || !/^\w{1,64}$/.test(messageId)) return undefined;
  return { provider, messageId, status, cause: error === undefined ? null : `twilio-${error}` };
}
