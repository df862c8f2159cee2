import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { KeyRing } from '../../keys/key-ring.js';
import type { Transaction } from '../../shared/transactor.js';
import type { Channel } from '../../template/template.js';
import { Outbox, type OutgoingMessage, type WithdrawalReason } from '../application/outbox.js';
import { priorityOf } from '../domain/priority.js';
import { openMessage, sealMessage } from './sealed-message.js';

@Injectable()
export class SqlOutbox extends Outbox {
  constructor(private readonly keys: KeyRing) {
    super();
  }

  add(tx: Transaction, message: OutgoingMessage, usefulUntil: Date): string {
    const id = uuidv7();
    tx.run({
      name: 'delivery-add',
      text: `INSERT INTO delivery
               (tenant_id, id, challenge_id, policy_id, policy_version, channel, message_sealed, due_at, useful_until, priority)
             VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(), $8, $9)`,
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
      ],
    });
    return id;
  }

  async reopen(tx: Transaction, deliveryId: string): Promise<OutgoingMessage | undefined> {
    const [row] = await tx.rows<ReopenedRow>({
      name: 'delivery-reopen',
      text: `SELECT challenge_id AS "challengeId", policy_id AS "policyId", policy_version AS "policyVersion", channel,
               message_sealed AS sealed
             FROM delivery WHERE tenant_id = $1 AND id = $2`,
      values: [tx.tenant, deliveryId],
    });
    if (!row?.sealed) return undefined;
    const { sealed, ...rest } = row;
    return { ...rest, ...openMessage(this.keys, tx.tenant, deliveryId, sealed) };
  }

  withdraw(tx: Transaction, deliveryId: string, reason: WithdrawalReason): void {
    tx.run({
      name: 'delivery-withdraw',
      text: `UPDATE delivery SET
               message_sealed = NULL,
               status = CASE status WHEN 'PENDING' THEN 'FAILED' ELSE status END,
               error = CASE WHEN status IN ('PENDING', 'SENDING') THEN $3 ELSE error END,
               due_at = CASE status WHEN 'PENDING' THEN NULL ELSE due_at END,
               ended_at = CASE status WHEN 'PENDING' THEN clock_timestamp() ELSE ended_at END
             WHERE tenant_id = $1 AND id = $2 AND (message_sealed IS NOT NULL OR status IN ('PENDING', 'SENDING'))`,
      values: [tx.tenant, deliveryId, reason],
    });
  }
}

interface ReopenedRow {
  readonly challengeId: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly channel: Channel;
  readonly sealed: Buffer | null;
}
