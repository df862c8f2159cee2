import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../shared/transactor.js';
import {
  type AttemptRecord,
  type DeliveryRecord,
  DeliveryRecords,
  type DeliverySelection,
  type LockedForRetry,
} from '../application/delivery-records.js';

const RECORD = `
  SELECT d.id, d.challenge_id AS "challengeId", d.channel, d.status, d.attempts, d.error,
    c.recipient_masked AS recipient, d.provider, d.provider_message_id AS "providerMessageId",
    d.created_at AS "createdAt", d.sent_at AS "sentAt", d.ended_at AS "endedAt", d.due_at AS "dueAt",
    d.useful_until AS "usefulUntil"
  FROM delivery d LEFT JOIN challenge c ON c.tenant_id = d.tenant_id AND c.id = d.challenge_id
  WHERE d.tenant_id = $1`;

/** Found by identifier, so that old partitions are not looked at: identifiers tell when they were made, to within clocks. */
@Injectable()
export class SqlDeliveryRecords extends DeliveryRecords {
  async list(
    tx: Transaction,
    { status, channel, since }: DeliverySelection,
    limit: number,
  ): Promise<DeliveryRecord[]> {
    return await tx.rows<DeliveryRecord>({
      text: `${RECORD}
        AND ($2::text IS NULL OR d.status = $2) AND ($3::text IS NULL OR d.channel = $3)
        AND ($4::timestamptz IS NULL
          OR (d.created_at >= $4 AND d.id >= uuid_floor($4::timestamptz - interval '5 minutes')))
        ORDER BY d.id DESC LIMIT $5`,
      values: [tx.tenant, status ?? null, channel ?? null, since ?? null, limit],
    });
  }

  async find(tx: Transaction, id: string): Promise<DeliveryRecord | undefined> {
    const [row] = await tx.rows<DeliveryRecord>({ text: `${RECORD} AND d.id = $2`, values: [tx.tenant, id] });
    return row;
  }

  async attempts(tx: Transaction, id: string): Promise<AttemptRecord[]> {
    return await tx.rows<AttemptRecord>({
      text: `SELECT number, provider, started_at AS "startedAt", ended_at AS "endedAt", outcome, error
             FROM delivery_attempt WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY number`,
      values: [tx.tenant, id],
    });
  }

  async lockForRetry(tx: Transaction, id: string): Promise<LockedForRetry | undefined> {
    const [row] = await tx.rows<LockedForRetry>({
      // The outer select is computed once the lock is held, so that its times are not those of before the wait.
      text: `SELECT d.id, d.status, d.attempts, d.channel, d.error, d.challenge_id AS "challengeId",
               (SELECT count(*)::int FROM delivery_attempt
                 WHERE tenant_id = $1 AND delivery_id = $2 AND outcome = 'NOT_MADE') AS "notMade",
               d.message_sealed IS NULL AS withdrawn, c.state AS "challengeState",
               c.delivery_id AS "latestDeliveryId",
               (extract(epoch FROM d.useful_until - clock_timestamp()) * 1000)::float8 AS "usefulForMs"
             FROM (SELECT * FROM delivery WHERE tenant_id = $1 AND id = $2 FOR UPDATE) d
             LEFT JOIN challenge c ON c.tenant_id = $1 AND c.id = d.challenge_id`,
      values: [tx.tenant, id],
    });
    return row;
  }

  reopen(tx: Transaction, id: string, attemptsMax: number): void {
    tx.run({
      text: `UPDATE delivery SET status = 'PENDING', error = NULL, ended_at = NULL, due_at = clock_timestamp(),
               attempts_max = $3
             WHERE tenant_id = $1 AND id = $2`,
      values: [tx.tenant, id, attemptsMax],
    });
  }
}
