import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { dailyStatement } from '../../database/daily-statement.js';
import { KeyRing } from '../../keys/key-ring.js';
import type { Transaction } from '../../shared/transactor.js';
import type { Channel } from '../../template/template.js';
import { deliveryFacts } from '../application/delivery-spans.js';
import {
  type KeptMessage,
  Outbox,
  type OutgoingMessage,
  type WithdrawalReason,
} from '../application/outbox.js';
import { formatTraceparent } from '../../observability/traceparent.js';
import { type Span, tracer } from '../../observability/tracing.js';
import { priorityOf } from '../domain/priority.js';
import { openMessage, sealMessage } from './sealed-message.js';

const REOPEN = dailyStatement(
  'delivery-reopen',
  (
    onDay,
  ) => `SELECT challenge_id AS "challengeId", policy_id AS "policyId", policy_version AS "policyVersion", channel,
      message_sealed AS sealed
    FROM delivery WHERE tenant_id = $1 AND id = $2 ${onDay('id')}`,
);

const WITHDRAW = dailyStatement(
  'delivery-withdraw',
  (onDay) => `UPDATE delivery SET
      message_sealed = NULL,
      status = CASE status WHEN 'PENDING' THEN 'FAILED' ELSE status END,
      error = CASE WHEN status IN ('PENDING', 'SENDING') THEN $3 ELSE error END,
      due_at = CASE status WHEN 'PENDING' THEN NULL ELSE due_at END,
      ended_at = CASE status WHEN 'PENDING' THEN clock_timestamp() ELSE ended_at END
    WHERE tenant_id = $1 AND id = $2 AND (message_sealed IS NOT NULL OR status IN ('PENDING', 'SENDING')) ${onDay('id')}`,
);

@Injectable()
export class SqlOutbox extends Outbox {
  constructor(private readonly keys: KeyRing) {
    super();
  }

  add(tx: Transaction, message: OutgoingMessage, usefulUntil: Date): string {
    const id = uuidv7();
    const span = handOver(tx.tenant, id, message);
    tx.run({
      name: 'delivery-add',
      text: `INSERT INTO delivery
               (tenant_id, id, challenge_id, policy_id, policy_version, channel, message_sealed, due_at, useful_until, priority,
                traceparent)
             VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(), $8, $9, $10)`,
      values: [
        tx.tenant,
        id,
        message.challengeId,
        message.policyId,
        message.policyVersion,
        message.channel,
        sealMessage(this.keys, tx.tenant, id, message),
        usefulUntil,
        priorityOf(message.variables),
        span ? formatTraceparent(span) : null,
      ],
    });
    return id;
  }

  async reopen(tx: Transaction, deliveryId: string): Promise<KeptMessage | undefined> {
    const [row] = await tx.rows<ReopenedRow>(REOPEN(deliveryId, [tx.tenant, deliveryId]));
    if (!row?.sealed) return undefined;
    const { sealed, ...rest } = row;
    return { ...rest, ...openMessage(this.keys, tx.tenant, deliveryId, sealed) };
  }

  withdraw(tx: Transaction, deliveryId: string, reason: WithdrawalReason): void {
    tx.run(WITHDRAW(deliveryId, [tx.tenant, deliveryId, reason]));
  }
}

/** The step of the trace that every attempt is part of, whenever and in whichever process. */
function handOver(tenant: string, id: string, { challengeId, channel }: OutgoingMessage): Span | undefined {
  const span = tracer()?.begin({
    name: 'send delivery',
    kind: 'producer',
    facts: { ...deliveryFacts(tenant, id, channel), 'acs.challenge.id': challengeId },
  });
  span?.end();
  return span;
}

interface ReopenedRow {
  readonly challengeId: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly channel: Channel;
  readonly sealed: Buffer | null;
}
