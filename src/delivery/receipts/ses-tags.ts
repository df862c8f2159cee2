import type { ReceiptSubject } from '../application/receipt-url.js';

const TENANT = 'acs-tenant';
const DELIVERY = 'acs-delivery';

/** The tags by which Amazon SES names a mail's delivery in its events; values may hold letters, digits, - and _ alone. */
export function deliveryTags({ tenant, deliveryId }: ReceiptSubject): { Name: string; Value: string }[] {
  return [
    { Name: TENANT, Value: Buffer.from(tenant).toString('base64url') },
    { Name: DELIVERY, Value: deliveryId },
  ];
}

/** The delivery that the tags of an event name; undefined for mail that is not ours. */
export function subjectOfTags(tags: unknown): ReceiptSubject | undefined {
  const tenant = only(tags, TENANT);
  const deliveryId = only(tags, DELIVERY);
  if (tenant === undefined || deliveryId === undefined) return undefined;
  return { tenant: Buffer.from(tenant, 'base64url').toString(), deliveryId };
}

function only(tags: unknown, name: string): string | undefined {
  if (typeof tags !== 'object' || tags === null || !Object.hasOwn(tags, name)) return undefined;
  const values = (tags as Readonly<Record<string, unknown>>)[name];
  const value: unknown = Array.isArray(values) ? values[0] : undefined;
  return typeof value === 'string' ? value : undefined;
}
