import { Injectable } from '@nestjs/common';
import { AuditTrail, WORKER_ACTOR } from '../../audit/audit-trail.js';
import { KeyRing } from '../../keys/key-ring.js';
import type { Transaction } from '../../shared/transactor.js';
import { type Claim, DeliveryStore, type LockedDelivery } from '../application/delivery-store.js';
import type { AttemptOutcome, Conclusion } from '../domain/conclude.js';
import type { EndStatus, Ending } from '../domain/delivery.js';
import { type DeliveryRow, toLockedDelivery } from './delivery.row.js';

@Injectable()
export class SqlDeliveryStore extends DeliveryStore {
  constructor(
    private readonly keys: KeyRing,
    private readonly audit: AuditTrail,
  ) {
    super();
  }

  async lock(tx: Transaction, id: string, beforeAttempt?: number): Promise<LockedDelivery | undefined> {
    const [row] = await tx.rows<DeliveryRow>({
      name: 'delivery-lock',
      // The outer select is computed once the lock is held, so that its times are not those of before the wait.
      text: `SELECT d.status, d.channel, d.fence, d.attempts, d.error, d.message_sealed AS sealed,
               d.challenge_id AS "challengeId", d.policy_id AS "policyId", d.policy_version AS "policyVersion",
               d.created_at AS "createdAt", d.message_sealed IS NULL AS withdrawn,
               coalesce(d.due_at > clock_timestamp(), false) AS leased,
               (extract(epoch FROM d.useful_until - clock_timestamp()) * 1000)::float8 AS "usefulForMs",
               coalesce(earlier.refusals, 0)::int AS refusals, coalesce(earlier.unknowns, 0)::int AS unknowns
             FROM (SELECT * FROM delivery WHERE tenant_id = $1 AND id = $2 FOR UPDATE) d
             LEFT JOIN LATERAL (
               SELECT count(*) FILTER (WHERE outcome = 'TRANSIENT') AS refusals,
                 count(*) FILTER (WHERE outcome IS NULL OR outcome = 'UNKNOWN') AS unknowns
               FROM delivery_attempt WHERE tenant_id = $1 AND delivery_id = $2 AND number < $3
             ) earlier ON d.attempts > 0`,
      values: [tx.tenant, id, beforeAttempt ?? 32_767],
    });
    return row && toLockedDelivery(row, this.keys, tx.tenant, id);
  }

  begin(tx: Transaction, delivery: LockedDelivery, provider: string, leaseMs: number): number {
    if (delivery.attempts > 0) this.closeAbandoned(tx, delivery.id);
    const fence = delivery.fence + 1;
    tx.run({
      name: 'delivery-begin',
      text: `WITH begun AS (
               UPDATE delivery SET status = 'SENDING', attempts = $3, fence = $4,
                 due_at = clock_timestamp() + $5 * interval '1 millisecond'
               WHERE tenant_id = $1 AND id = $2)
             INSERT INTO delivery_attempt (tenant_id, delivery_id, number, fence, provider) VALUES ($1, $2, $3, $4, $6)`,
      values: [tx.tenant, delivery.id, delivery.attempts + 1, fence, leaseMs, provider],
    });
    return fence;
  }

  conclude(tx: Transaction, delivery: LockedDelivery, outcome: AttemptOutcome, conclusion: Conclusion): void {
    if (outcome.kind === 'SENT') {
      this.sent(tx, delivery, outcome.providerMessageId);
      return;
    }
    tx.run({
      name: 'delivery-attempt-close',
      text: `UPDATE delivery_attempt SET ended_at = clock_timestamp(), outcome = $4, error = $5
             WHERE tenant_id = $1 AND delivery_id = $2 AND number = $3`,
      values: [tx.tenant, delivery.id, delivery.attempts, outcome.kind, outcome.detail],
    });
    if (conclusion.kind === 'end') this.finish(tx, delivery, conclusion);
    if (conclusion.kind === 'retry') this.defer(tx, delivery, conclusion.delayMs);
  }

  end(tx: Transaction, delivery: LockedDelivery, ending: Ending): void {
    this.closeAbandoned(tx, delivery.id);
    this.finish(tx, delivery, ending);
  }

  hold(tx: Transaction, delivery: LockedDelivery, holdMs: number): void {
    tx.run({
      name: 'delivery-hold',
      text: `UPDATE delivery SET due_at = clock_timestamp() + $3 * interval '1 millisecond'
             WHERE tenant_id = $1 AND id = $2`,
      values: [tx.tenant, delivery.id, holdMs],
    });
  }

  release(tx: Transaction, claims: readonly Claim[]): void {
    tx.run({
      text: `UPDATE delivery d SET due_at = clock_timestamp() FROM unnest($2::uuid[], $3::integer[]) AS claim (id, fence)
             WHERE d.tenant_id = $1 AND d.id = claim.id AND d.fence = claim.fence AND d.due_at IS NOT NULL`,
      values: [tx.tenant, claims.map(({ id }) => id), claims.map(({ fence }) => fence)],
    });
  }

  private finish(tx: Transaction, delivery: LockedDelivery, { status, reason }: Ending): void {
    tx.run({
      name: 'delivery-end',
      text: `UPDATE delivery SET status = $3, error = $4, due_at = NULL, ended_at = clock_timestamp()
             WHERE tenant_id = $1 AND id = $2`,
      values: [tx.tenant, delivery.id, status, reason],
    });
    this.record(tx, delivery, status, reason);
  }

  private sent(tx: Transaction, delivery: LockedDelivery, providerMessageId: string | null): void {
    tx.run({
      name: 'delivery-sent',
      text: `WITH attempt AS (
               UPDATE delivery_attempt SET ended_at = clock_timestamp(), outcome = 'SENT'
               WHERE tenant_id = $1 AND delivery_id = $2 AND number = $3 RETURNING provider)
             UPDATE delivery SET status = 'SENT', error = NULL, due_at = NULL, sent_at = clock_timestamp(),
               ended_at = clock_timestamp(), provider = attempt.provider, provider_message_id = $4
             FROM attempt WHERE tenant_id = $1 AND id = $2`,
      values: [tx.tenant, delivery.id, delivery.attempts, providerMessageId],
    });
    this.record(tx, delivery, 'SENT');
  }

  private defer(tx: Transaction, delivery: LockedDelivery, delayMs: number): void {
    tx.run({
      name: 'delivery-defer',
      text: `UPDATE delivery SET status = 'PENDING', due_at = clock_timestamp() + $3 * interval '1 millisecond'
             WHERE tenant_id = $1 AND id = $2`,
      values: [tx.tenant, delivery.id, delayMs],
    });
  }

  /** An attempt that is open although its delivery is being begun or ended anew belonged to a worker that is gone. */
  private closeAbandoned(tx: Transaction, id: string): void {
    tx.run({
      name: 'delivery-attempt-abandoned',
      text: `UPDATE delivery_attempt SET ended_at = clock_timestamp(), outcome = 'UNKNOWN', error = 'lease-expired'
             WHERE tenant_id = $1 AND delivery_id = $2 AND outcome IS NULL`,
      values: [tx.tenant, id],
    });
  }

  private record(tx: Transaction, delivery: LockedDelivery, status: EndStatus, reason?: string): void {
    this.audit.record(tx, {
      event: `delivery.${status.toLowerCase()}`,
      actor: WORKER_ACTOR,
      objectId: delivery.id,
      ...(reason === undefined ? {} : { reason }),
      detail: {
        challengeId: delivery.challengeId,
        channel: delivery.channel,
        attempts: delivery.attempts,
      },
    });
  }
}
