import type { ProviderAddress } from '../../environment/environment.js';

/** Names the delivery that a provider's receipt is about. */
export interface ReceiptSubject {
  readonly tenant: string;
  readonly deliveryId: string;
}

/** Where a provider sends its receipts of one delivery; undefined when its DSN asks for none. */
export function receiptUrl(
  { url }: ProviderAddress,
  kind: 'twilio' | 'gateway',
  { tenant, deliveryId }: ReceiptSubject,
): string | undefined {
  const base = url.searchParams.get('receipts')?.replace(/\/+$/, '');
  return base === undefined
    ? undefined
    : `${base}/receipts/${kind}/${encodeURIComponent(tenant)}/${deliveryId}`;
}
