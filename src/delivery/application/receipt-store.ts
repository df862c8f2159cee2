import type { Transaction } from '../../shared/transactor.js';
import type { Settlement } from '../domain/delivery.js';
import type { DeliveryReceipt, Receivable } from '../domain/receipt.js';

/** A delivery whose row this transaction has locked, as a receipt finds it. */
export interface ReceivingDelivery extends Receivable {
  readonly id: string;
  readonly challengeId: string;
  readonly channel: string;
  readonly attempts: number;
}

/** Deliveries inside their tenant, as the API's process may change them for a receipt. */
export abstract class ReceiptStore {
  /** Locks the row; undefined when the tenant has no such delivery. */
  abstract lock(
    tx: Transaction,
    id: string,
    receipt: DeliveryReceipt,
  ): Promise<ReceivingDelivery | undefined>;

  /** Writes how the delivery stands now, and the audit row. */
  abstract settle(
    tx: Transaction,
    delivery: ReceivingDelivery,
    settlement: Settlement,
    receipt: DeliveryReceipt,
  ): void;

  /** Keeps the receipt beside the attempt under way. */
  abstract keep(tx: Transaction, delivery: ReceivingDelivery, receipt: DeliveryReceipt): void;

  /** Puts the receipt on the audit trail, once. */
  abstract note(tx: Transaction, delivery: ReceivingDelivery, receipt: DeliveryReceipt): Promise<void>;
}
