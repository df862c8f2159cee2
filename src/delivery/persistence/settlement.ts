import type { AuditEntry } from '../../audit/audit-trail.js';
import { dailyStatement } from '../../database/daily-statement.js';
import type { Statement } from '../../shared/transactor.js';
import type { Settlement } from '../domain/delivery.js';
import type { DeliveryReceipt } from '../domain/receipt.js';

const SETTLE = dailyStatement(
  'delivery-settle',
  (onDay) => `UPDATE delivery SET status = $3, error = $4, due_at = NULL, receipt = NULL,
      sent_at = CASE $3::text WHEN 'FAILED' THEN sent_at ELSE coalesce(sent_at, clock_timestamp()) END,
      ended_at = coalesce(ended_at, clock_timestamp()),
      provider = $5, provider_message_id = coalesce(provider_message_id, $6)
    WHERE tenant_id = $1 AND id = $2 ${onDay('id')}`,
);

/** What is settled: a delivery whose row the transaction holds. */
export interface SettledDelivery {
  readonly id: string;
  readonly challengeId: string;
  readonly channel: string;
  readonly attempts: number;
}

/** Who is behind a change that a provider's receipt made. */
export function providerActor({ provider }: Pick<DeliveryReceipt, 'provider'>): AuditEntry['actor'] {
  return { issuer: 'provider', client: provider };
}

/** Writes how a delivery stands by a receipt; nothing is left to send. */
export function settleStatement(
  tenant: string,
  { id }: SettledDelivery,
  { status, error }: Settlement,
  { provider, messageId }: Pick<DeliveryReceipt, 'provider' | 'messageId'>,
): Statement {
  return SETTLE(id, [tenant, id, status, error, provider, messageId]);
}

/** What the audit trail says of it. */
export function settlementEntry(
  { id, challengeId, channel, attempts }: SettledDelivery,
  { status, error }: Settlement,
  receipt: DeliveryReceipt,
): AuditEntry {
  return {
    event: `delivery.${status.toLowerCase()}`,
    actor: providerActor(receipt),
    objectId: id,
    ...(error === null ? {} : { reason: error }),
    detail: { challengeId, channel, attempts, ...(receipt.cause === null ? {} : { cause: receipt.cause }) },
  };
}
