import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail.js';
import type { Transaction } from '../../shared/transactor.js';
import { ReceiptStore, type ReceivingDelivery } from '../application/receipt-store.js';
import type { Settlement } from '../domain/delivery.js';
import type { DeliveryReceipt } from '../domain/receipt.js';
import { providerActor, settlementEntry, settleStatement } from './settlement.js';

/** Two accounts with one provider speak by one name; their place is told apart behind a `#`. */
const SPEAKER = `split_part(provider, '#', 1) AS provider`;

/** The API's role may not write attempts: their record stays their worker's. */
@Injectable()
export class SqlReceiptStore extends ReceiptStore {
  constructor(private readonly audit: AuditTrail) {
    super();
  }

  async lock(
    tx: Transaction,
    id: string,
    { provider }: DeliveryReceipt,
  ): Promise<ReceivingDelivery | undefined> {
    // Two statements: the second sees what was committed while the first waited for the row.
    const [[delivery], attempts] = await Promise.all([
      tx.rows<DeliveryRow>({
        name: 'receipt-delivery',
        text: `SELECT id, challenge_id AS "challengeId", channel, attempts, status,
                 ${SPEAKER}, provider_message_id AS "providerMessageId", receipt AS kept
               FROM delivery WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
        values: [tx.tenant, id],
      }),
      tx.rows<AttemptRow>({
        name: 'receipt-attempts',
        text: `SELECT ${SPEAKER}, outcome IS NULL OR outcome = 'UNKNOWN' AS "isOpen"
               FROM delivery_attempt
               WHERE tenant_id = $1 AND delivery_id = $2 AND outcome IS DISTINCT FROM 'NOT_MADE' ORDER BY number`,
        values: [tx.tenant, id],
      }),
    ]);
    return delivery && { ...delivery, ...standingOf(attempts, provider) };
  }

  settle(
    tx: Transaction,
    delivery: ReceivingDelivery,
    settlement: Settlement,
    receipt: DeliveryReceipt,
  ): void {
    tx.run(settleStatement(tx.tenant, delivery, settlement, receipt));
    this.audit.record(tx, settlementEntry(delivery, settlement, receipt));
  }

  keep(tx: Transaction, { id }: ReceivingDelivery, receipt: DeliveryReceipt): void {
    tx.run({
      name: 'receipt-keep',
      text: 'UPDATE delivery SET receipt = $3 WHERE tenant_id = $1 AND id = $2',
      values: [tx.tenant, id, receipt],
    });
  }

  async note(tx: Transaction, delivery: ReceivingDelivery, receipt: DeliveryReceipt): Promise<void> {
    const event = `delivery.${receipt.status.toLowerCase()}`;
    const [earlier] = await tx.rows({
      name: 'receipt-noted',
      text: 'SELECT 1 FROM audit WHERE tenant_id = $1 AND object_id = $2 AND event = $3 LIMIT 1',
      values: [tx.tenant, delivery.id, event],
    });
    if (earlier) return;
    const { challengeId, channel } = delivery;
    this.audit.record(tx, {
      event,
      actor: providerActor(receipt),
      objectId: delivery.id,
      detail: { challengeId, channel, ...(receipt.cause === null ? {} : { cause: receipt.cause }) },
    });
  }
}

type DeliveryRow = Omit<ReceivingDelivery, keyof ReturnType<typeof standingOf>>;

interface AttemptRow {
  readonly provider: string | null;
  /** It has no outcome yet, or none that is known. */
  readonly isOpen: boolean;
}

/** What the attempts say of a receipt's provider. Gateways know repeats: all of theirs are one message. */
function standingOf(
  attempts: readonly AttemptRow[],
  provider: string,
): Pick<ReceivingDelivery, 'attempted' | 'isNewest' | 'othersMayExist'> {
  const open = attempts.filter(({ isOpen }) => isOpen);
  const isOneMessage = provider.startsWith('gateway:');
  const ownMessages = open.filter((attempt) => attempt.provider === provider).length;
  return {
    attempted: attempts.some((attempt) => attempt.provider === provider),
    isNewest: attempts.at(-1)?.provider === provider,
    othersMayExist:
      open.some((attempt) => attempt.provider !== provider) || (!isOneMessage && ownMessages > 1),
  };
}
