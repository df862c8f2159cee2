import { Injectable } from '@nestjs/common';
import { type AuditEntry, AuditTrail, WORKER_ACTOR } from '../../audit/audit-trail.js';
import { dailyStatement, dailyStatements } from '../../database/daily-statement.js';
import { KeyRing } from '../../keys/key-ring.js';
import type { Statement, Transaction } from '../../shared/transactor.js';
import type { Attempt } from '../application/attempt.js';
import {
  type AttemptToBegin,
  type Claim,
  DeliveryStore,
  type LockedDelivery,
  type LockRequest,
  type SentAttempt,
} from '../application/delivery-store.js';
import type { AttemptOutcome, Unsent } from '../domain/conclude.js';
import type { EndStatus, Ending, Settlement } from '../domain/delivery.js';
import { type DeliveryRow, toLockedDelivery } from './delivery.row.js';
import { settlementEntry, settleStatement } from './settlement.js';

/** A bound of attempts that none reaches. */
const ALL_ATTEMPTS = 32_767;

// What is selected of a row is computed once its lock is held, so that its times are not those of before the wait.
const LOCK = dailyStatements(
  'delivery-lock',
  (
    onDay,
  ) => `SELECT d.id, d.status, d.channel, d.fence, d.attempts, d.attempts_max AS "attemptsMax", d.error, d.message_sealed AS sealed,
               d.challenge_id AS "challengeId", d.policy_id AS "policyId", d.policy_version AS "policyVersion",
               d.created_at AS "createdAt", d.message_sealed IS NULL AS withdrawn,
               coalesce(d.due_at > clock_timestamp(), false) AS leased,
               (extract(epoch FROM d.useful_until - clock_timestamp()) * 1000)::float8 AS "usefulForMs",
               coalesce(earlier.refused_by, '{}') AS "refusedBy", coalesce(earlier.unknowns, 0)::int AS unknowns,
               coalesce(earlier.not_made, 0)::int AS "notMade",
               earlier.unsure, d.receipt, d.traceparent
             FROM unnest($2::uuid[], $3::smallint[]) AS asked (id, before_attempt)
             CROSS JOIN LATERAL (
               SELECT * FROM delivery WHERE tenant_id = $1 AND id = asked.id ${onDay('id')} FOR UPDATE
             ) d
             LEFT JOIN LATERAL (
               SELECT array_agg(provider ORDER BY number) FILTER (WHERE outcome = 'TRANSIENT') AS refused_by,
                 count(*) FILTER (WHERE outcome IS NULL OR outcome = 'UNKNOWN') AS unknowns,
                 count(*) FILTER (WHERE outcome = 'NOT_MADE') AS not_made,
                 (array_agg(
                   jsonb_build_object('provider', provider, 'isLost', outcome IS NULL OR error = 'lease-expired')
                   ORDER BY number DESC
                 ) FILTER (WHERE outcome IS NULL OR outcome = 'UNKNOWN'))[1] AS unsure
               FROM delivery_attempt
               WHERE tenant_id = $1 AND delivery_id = asked.id ${onDay('delivery_id')} AND number < asked.before_attempt
             ) earlier ON d.attempts > 0`,
);

/**
 * What a list of values, parameter `$place`, says of the row whose identifier is in the list `$2`. A join with the lists
 * would say the same, but while a table is thought to hold little PostgreSQL joins by reading the tenant's day.
 */
const ofRow = (place: number, type: string, id = 'id'): string =>
  `($${place}::${type}[])[array_position($2::uuid[], ${id})]`;

const BEGIN = dailyStatements(
  'delivery-begin',
  (onDay) => `WITH begun AS (
               UPDATE delivery SET status = 'SENDING', attempts = ${ofRow(3, 'smallint')}, fence = ${ofRow(4, 'integer')},
                 receipt = NULL, due_at = clock_timestamp() + ${ofRow(6, 'integer')} * interval '1 millisecond'
               WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) ${onDay('id')})
             INSERT INTO delivery_attempt (tenant_id, delivery_id, number, fence, provider)
             SELECT $1, * FROM unnest($2::uuid[], $3::smallint[], $4::integer[], $5::text[])`,
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

// Takes its own locks; nothing of it is done where a row is not as the caller takes it to be.
const SENT = dailyStatements(
  'delivery-sent',
  (onDay) => `WITH sent AS (
               UPDATE delivery SET status = 'SENT', error = NULL, due_at = NULL, receipt = NULL,
                 sent_at = clock_timestamp(), ended_at = clock_timestamp(), provider = ${ofRow(5, 'text')},
                 provider_message_id = ${ofRow(6, 'text')}
               WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) ${onDay('id')} AND fence = ${ofRow(4, 'integer')}
                 AND status = 'SENDING' AND (receipt IS NULL OR $7)
               RETURNING id),
             closed AS (
               UPDATE delivery_attempt SET ended_at = clock_timestamp(), outcome = 'SENT'
               WHERE tenant_id = $1 AND delivery_id = ANY (ARRAY(SELECT id FROM sent)) ${onDay('delivery_id')}
                 AND number = ${ofRow(3, 'smallint', 'delivery_id')})
             SELECT id FROM sent`,
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

  async lock(
    tx: Transaction,
    requests: readonly LockRequest[],
  ): Promise<ReadonlyMap<string, LockedDelivery>> {
    const rows = await allRows<DeliveryRow>(
      tx,
      LOCK(
        requests,
        ({ id }) => id,
        (some) => [
          tx.tenant,
          some.map(({ id }) => id),
          some.map(({ beforeAttempt = ALL_ATTEMPTS }) => beforeAttempt),
        ],
      ),
    );
    return new Map(rows.map((row) => [row.id, toLockedDelivery(row, this.keys, tx.tenant)]));
  }

  begin(tx: Transaction, attempts: readonly AttemptToBegin[]): void {
    for (const { attempt } of attempts) if (attempt.number > 1) this.closeAbandoned(tx, attempt.deliveryId);
    const statements = BEGIN(
      attempts,
      ({ attempt }) => attempt.deliveryId,
      (some) => [tx.tenant, ...attemptLists(some), some.map(({ leaseMs }) => leaseMs)],
    );
    for (const statement of statements) tx.run(statement);
  }

  async sent(
    tx: Transaction,
    sent: readonly SentAttempt[],
    inSpiteOfReceipt: boolean,
  ): Promise<ReadonlySet<string>> {
    const rows = await allRows<{ id: string }>(
      tx,
      SENT(
        sent,
        ({ attempt }) => attempt.deliveryId,
        (some) => [
          tx.tenant,
          ...attemptLists(some),
          some.map(({ outcome }) => outcome.providerMessageId),
          inSpiteOfReceipt,
        ],
      ),
    );
    const ended = new Set(rows.map(({ id }) => id));
    this.audit.recordAll(
      tx,
      sent.filter(({ attempt }) => ended.has(attempt.deliveryId)).map(({ attempt }) => sentEntry(attempt)),
    );
    return ended;
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
    this.audit.record(tx, entryOf(delivery, status, reason));
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
}

async function allRows<Row extends object>(
  tx: Transaction,
  statements: readonly Statement[],
): Promise<Row[]> {
  return (await Promise.all(statements.map((statement) => tx.rows<Row>(statement)))).flat();
}

/** The parameters `$2` to `$5`: each attempt's delivery, number, fence and provider. */
function attemptLists(some: readonly { readonly attempt: Attempt }[]): readonly unknown[] {
  const attempts = some.map(({ attempt }) => attempt);
  return [
    attempts.map(({ deliveryId }) => deliveryId),
    attempts.map(({ number }) => number),
    attempts.map(({ fence }) => fence),
    attempts.map(({ provider }) => provider),
  ];
}

function sentEntry({ deliveryId, number, message: { challengeId, channel } }: Attempt): AuditEntry {
  return entryOf({ id: deliveryId, challengeId, channel, attempts: number }, 'SENT');
}

function entryOf(
  { id, challengeId, channel, attempts }: Recorded,
  status: EndStatus,
  reason?: string,
): AuditEntry {
  return {
    event: `delivery.${status.toLowerCase()}`,
    actor: WORKER_ACTOR,
    objectId: id,
    ...(reason === undefined ? {} : { reason }),
    detail: { challengeId, channel, attempts },
  };
}
