import { Injectable } from '@nestjs/common';
import { AuditTrail, WORKER_ACTOR } from '../../audit/audit-trail.js';
import { dailyStatement } from '../../database/daily-statement.js';
import { KeyRing } from '../../keys/key-ring.js';
import type { Transaction } from '../../shared/transactor.js';
import type { Attempt } from '../application/attempt.js';
import { type Claim, DeliveryStore, type LockedDelivery } from '../application/delivery-store.js';
import type { AttemptOutcome, SentOutcome, Unsent } from '../domain/conclude.js';
import type { EndStatus, Ending, Settlement } from '../domain/delivery.js';
import { type DeliveryRow, toLockedDelivery } from './delivery.row.js';
import { settlementEntry, settleStatement } from './settlement.js';

// The outer select is computed once the lock is held, so that its times are not those of before the wait.
const LOCK = dailyStatement(
  'delivery-lock',
  (
    onDay,
  ) => `SELECT d.status, d.channel, d.fence, d.attempts, d.attempts_max AS "attemptsMax", d.error, d.message_sealed AS sealed,
               d.challenge_id AS "challengeId", d.policy_id AS "policyId", d.policy_version AS "policyVersion",
               d.created_at AS "createdAt", d.message_sealed IS NULL AS withdrawn,
               coalesce(d.due_at > clock_timestamp(), false) AS leased,
               (extract(epoch FROM d.useful_until - clock_timestamp()) * 1000)::float8 AS "usefulForMs",
               coalesce(earlier.refused_by, '{}') AS "refusedBy", coalesce(earlier.unknowns, 0)::int AS unknowns,
               earlier.unsure, d.receipt, d.traceparent
             FROM (SELECT * FROM delivery WHERE tenant_id = $1 AND id = $2 ${onDay('id')} FOR UPDATE) d
             LEFT JOIN LATERAL (
               SELECT array_agg(provider ORDER BY number) FILTER (WHERE outcome = 'TRANSIENT') AS refused_by,
                 count(*) FILTER (WHERE outcome IS NULL OR outcome = 'UNKNOWN') AS unknowns,
                 (array_agg(
                   jsonb_build_object('provider', provider, 'isLost', outcome IS NULL OR error = 'lease-expired')
                   ORDER BY number DESC
                 ) FILTER (WHERE outcome IS NULL OR outcome = 'UNKNOWN'))[1] AS unsure
               FROM delivery_attempt WHERE tenant_id = $1 AND delivery_id = $2 ${onDay('delivery_id')} AND number < $3
             ) earlier ON d.attempts > 0`,
);

const BEGIN = dailyStatement(
  'delivery-begin',
  (onDay) => `WITH begun AS (
               UPDATE delivery SET status = 'SENDING', attempts = $3, fence = $4, receipt = NULL,
                 due_at = clock_timestamp() + $5 * interval '1 millisecond'
               WHERE tenant_id = $1 AND id = $2 ${onDay('id')})
             INSERT INTO delivery_attempt (tenant_id, delivery_id, number, fence, provider) VALUES ($1, $2, $3, $4, $6)`,
);

const CLOSE_ATTEMPT = dailyStatement(
  'delivery-attempt-close',
  (onDay) => `UPDATE delivery_attempt SET ended_at = clock_timestamp(), outcome = $4, error = $5
             WHERE tenant_id = $1 AND delivery_id = $2 ${onDay('delivery_id')} AND number = $3`,
);

const HOLD = dailyStatement(
  'delivery-hold',
  (onDay) => `UPDATE delivery SET due_at = clock_timestamp() + $3 * interval '1 millisecond'
             WHERE tenant_id = $1 AND id = $2 ${onDay('id')}`,
);

const END = dailyStatement(
  'delivery-end',
  (onDay) => `UPDATE delivery SET status = $3, error = $4, due_at = NULL, ended_at = clock_timestamp()
             WHERE tenant_id = $1 AND id = $2 ${onDay('id')}`,
);

// Takes its own lock; nothing of it is done where the row is not as the caller takes it to be.
const SENT = dailyStatement(
  'delivery-sent',
  (onDay) => `WITH sent AS (
               UPDATE delivery SET status = 'SENT', error = NULL, due_at = NULL, receipt = NULL,
                 sent_at = clock_timestamp(), ended_at = clock_timestamp(), provider = $5, provider_message_id = $6
               WHERE tenant_id = $1 AND id = $2 ${onDay('id')} AND fence = $4 AND status = 'SENDING'
                 AND (receipt IS NULL OR $7)
               RETURNING challenge_id),
             attempt AS (
               UPDATE delivery_attempt SET ended_at = clock_timestamp(), outcome = 'SENT' FROM sent
               WHERE tenant_id = $1 AND delivery_id = $2 ${onDay('delivery_id')} AND number = $3)
             SELECT challenge_id AS "challengeId" FROM sent`,
);

const DEFER = dailyStatement(
  'delivery-defer',
  (
    onDay,
  ) => `UPDATE delivery SET status = 'PENDING', due_at = clock_timestamp() + $3 * interval '1 millisecond'
             WHERE tenant_id = $1 AND id = $2 ${onDay('id')}`,
);

const ABANDON_ATTEMPT = dailyStatement(
  'delivery-attempt-abandoned',
  (
    onDay,
  ) => `UPDATE delivery_attempt SET ended_at = clock_timestamp(), outcome = 'UNKNOWN', error = 'lease-expired'
             WHERE tenant_id = $1 AND delivery_id = $2 ${onDay('delivery_id')} AND outcome IS NULL`,
);

/** What the audit trail tells of a delivery. */
type Recorded = Pick<LockedDelivery, 'id' | 'challengeId' | 'channel' | 'attempts'>;

@Injectable()
export class SqlDeliveryStore extends DeliveryStore {
  constructor(
    private readonly keys: KeyRing,
    private readonly audit: AuditTrail,
  ) {
    super();
  }

  async lock(tx: Transaction, id: string, beforeAttempt?: number): Promise<LockedDelivery | undefined> {
    const [row] = await tx.rows<DeliveryRow>(LOCK(id, [tx.tenant, id, beforeAttempt ?? 32_767]));
    return row && toLockedDelivery(row, this.keys, tx.tenant, id);
  }

  begin(tx: Transaction, delivery: LockedDelivery, provider: string, leaseMs: number): number {
    if (delivery.attempts > 0) this.closeAbandoned(tx, delivery.id);
    const fence = delivery.fence + 1;
    tx.run(BEGIN(delivery.id, [tx.tenant, delivery.id, delivery.attempts + 1, fence, leaseMs, provider]));
    return fence;
  }

  async sent(
    tx: Transaction,
    { deliveryId: id, number, fence, provider, message: { channel } }: Attempt,
    { providerMessageId }: SentOutcome,
    inSpiteOfReceipt: boolean,
  ): Promise<boolean> {
    const [row] = await tx.rows<{ challengeId: string }>(
      SENT(id, [tx.tenant, id, number, fence, provider, providerMessageId, inSpiteOfReceipt]),
    );
    if (row) this.record(tx, { id, challengeId: row.challengeId, channel, attempts: number }, 'SENT');
    return row !== undefined;
  }

  conclude(tx: Transaction, delivery: LockedDelivery, outcome: AttemptOutcome, conclusion: Unsent): void {
    tx.run(
      CLOSE_ATTEMPT(delivery.id, [
        tx.tenant,
        delivery.id,
        delivery.attempts,
        outcome.kind,
        'detail' in outcome ? outcome.detail : null,
      ]),
    );
    if (conclusion.kind === 'end') this.finish(tx, delivery, conclusion);
    if (conclusion.kind === 'retry') this.defer(tx, delivery, conclusion.delayMs);
    if (conclusion.kind === 'settle')
      this.settleByReceipt(
        tx,
        delivery,
        conclusion,
        outcome.kind === 'SENT' ? outcome.providerMessageId : null,
      );
  }

  settle(tx: Transaction, delivery: LockedDelivery, settlement: Settlement): void {
    this.closeAbandoned(tx, delivery.id);
    this.settleByReceipt(tx, delivery, settlement, null);
  }

  end(tx: Transaction, delivery: LockedDelivery, ending: Ending): void {
    this.closeAbandoned(tx, delivery.id);
    this.finish(tx, delivery, ending);
  }

  hold(tx: Transaction, delivery: LockedDelivery, holdMs: number): void {
    tx.run(HOLD(delivery.id, [tx.tenant, delivery.id, holdMs]));
  }

  release(tx: Transaction, claims: readonly Claim[]): void {
    tx.run({
      text: `UPDATE delivery d SET due_at = clock_timestamp() FROM unnest($2::uuid[], $3::integer[]) AS claim (id, fence)
             WHERE d.tenant_id = $1 AND d.id = claim.id AND d.fence = claim.fence AND d.due_at IS NOT NULL`,
      values: [tx.tenant, claims.map(({ id }) => id), claims.map(({ fence }) => fence)],
    });
  }

  private finish(tx: Transaction, delivery: LockedDelivery, { status, reason }: Ending): void {
    tx.run(END(delivery.id, [tx.tenant, delivery.id, status, reason]));
    this.record(tx, delivery, status, reason);
  }

  private settleByReceipt(
    tx: Transaction,
    delivery: LockedDelivery,
    settlement: Settlement,
    knownMessageId: string | null,
  ): void {
    const { receipt } = delivery;
    if (!receipt) throw new Error('There is no receipt to settle by');
    const messageId = receipt.messageId ?? knownMessageId;
    tx.run(settleStatement(tx.tenant, delivery, settlement, { ...receipt, messageId }));
    this.audit.record(tx, settlementEntry(delivery, settlement, receipt));
  }

  private defer(tx: Transaction, delivery: LockedDelivery, delayMs: number): void {
    tx.run(DEFER(delivery.id, [tx.tenant, delivery.id, delayMs]));
  }

  /** An attempt that is open although its delivery is being begun or ended anew belonged to a worker that is gone. */
  private closeAbandoned(tx: Transaction, id: string): void {
    tx.run(ABANDON_ATTEMPT(id, [tx.tenant, id]));
  }

  private record(tx: Transaction, delivery: Recorded, status: EndStatus, reason?: string): void {
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
