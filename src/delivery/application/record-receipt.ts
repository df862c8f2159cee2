import { Injectable, Logger } from '@nestjs/common';
import { Transactor } from '../../shared/transactor.js';
import { decideReceipt, type DeliveryReceipt } from '../domain/receipt.js';
import { ReceiptStore } from './receipt-store.js';
import type { ReceiptSubject } from './receipt-url.js';

const TENANT = /^[\x21-\x7e]{1,255}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Moves a delivery forward by what an authenticated provider says of it. What is not there, is not that provider's
 * or stands further already stays as it is, in silence: a provider can do nothing about it.
 */
@Injectable()
export class RecordReceipt {
  private readonly log = new Logger('Receipts');

  constructor(
    private readonly transactor: Transactor,
    private readonly deliveries: ReceiptStore,
  ) {}

  async execute({ tenant, deliveryId }: ReceiptSubject, receipt: DeliveryReceipt): Promise<void> {
    const facts = { provider: receipt.provider, status: receipt.status };
    if (!TENANT.test(tenant) || !UUID.test(deliveryId)) {
      this.log.debug({ msg: 'a receipt names no delivery', ...facts });
      return;
    }
    const decided = await this.transactor.inTenant(tenant, async (tx) => {
      const delivery = await this.deliveries.lock(tx, deliveryId, receipt);
      if (!delivery) return 'unknown';
      const decision = decideReceipt(delivery, receipt);
      if (decision.kind === 'settle') this.deliveries.settle(tx, delivery, decision, receipt);
      if (decision.kind === 'keep') this.deliveries.keep(tx, delivery, receipt);
      if (decision.kind === 'note') await this.deliveries.note(tx, delivery, receipt);
      return decision.kind;
    });
    this.log.debug({ msg: 'receipt', tenant, deliveryId, decided, ...facts });
  }
}
