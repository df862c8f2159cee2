import type { AuditActor, AuditTrail } from '../../audit/audit-trail.js';
import type { Transactor } from '../../shared/transactor.js';
import { DELIVERY_LIMITS } from '../domain/limits.js';
import { decideRetry, type RetryDecision } from '../domain/retry.js';
import type { DeliveryRecords } from './delivery-records.js';

/** Has a delivery that is over tried again, and puts on record who asked for it. */
export class RetryDelivery {
  constructor(
    private readonly transactor: Transactor,
    private readonly deliveries: DeliveryRecords,
    private readonly audit: AuditTrail,
  ) {}

  /** What was decided; undefined when the tenant has no such delivery. */
  async execute(tenant: string, id: string, actor: AuditActor): Promise<RetryDecision | undefined> {
    return await this.transactor.inTenant(tenant, async (tx) => {
      const delivery = await this.deliveries.lockForRetry(tx, id);
      if (!delivery) return undefined;
      const decision = decideRetry(delivery, DELIVERY_LIMITS);
      if (decision.kind === 'refused') return decision;
      this.deliveries.reopen(tx, id, decision.attemptsMax);
      const { challengeId, channel, attempts, status, error } = delivery;
      this.audit.record(tx, {
        event: 'delivery.retried',
        actor,
        objectId: id,
        detail: { challengeId, channel, attempts, was: status, error },
      });
      return decision;
    });
  }
}
