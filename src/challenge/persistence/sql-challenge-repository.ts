import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../shared/transactor.js';
import type { ChallengeAt, NewSecrets, Settlement } from '../application/challenge-repository.js';
import { ChallengeRepository } from '../application/challenge-repository.js';
import type { KeptAnswer } from '../crypto/answer-keeper.js';
import { actionDigest } from '../domain/action.js';
import type { Challenge } from '../domain/challenge.js';
import {
  CHALLENGE_COLUMNS,
  challengeOf,
  type ChallengeRow,
  DELIVERY_COLUMNS,
  type DeliveryColumns,
  deliveryOf,
} from './challenge.row.js';
import { leastIdAt } from './least-id.js';

type ChallengeAtRow = ChallengeRow & DeliveryColumns & { readonly now: Date };

/** No open challenge is older: the longest life, a completion window, and what clocks may differ by. */
const OLDEST_OPEN_HOURS = 48;

@Injectable()
export class SqlChallengeRepository extends ChallengeRepository {
  async now(tx: Transaction): Promise<Date> {
    const [row] = await tx.rows<{ now: Date }>({
      name: 'now',
      text: 'SELECT clock_timestamp() AS now',
      values: [],
    });
    if (!row) throw new Error('The database did not tell the time');
    return row.now;
  }

  insert(tx: Transaction, challenge: Challenge, secrets: NewSecrets): void {
    tx.run({
      name: 'challenge-insert',
      text: `INSERT INTO challenge (tenant_id, id, type, state, policy_id, policy_alias, policy_version, require_action,
          recipient_index, recipient_masked, subject, action, action_digest, locale, metadata, answer_key_id, answer_mac,
          attempts_max, resends_max, resend_available_at, complete_within_seconds, delivery_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
      values: [
        tx.tenant,
        challenge.id,
        challenge.type,
        challenge.state,
        challenge.policy.id,
        challenge.policy.alias,
        challenge.policy.version,
        challenge.requireAction,
        secrets.recipientIndex,
        challenge.recipientMasked,
        challenge.subject,
        challenge.action,
        challenge.action && actionDigest(challenge.action),
        challenge.locale,
        challenge.metadata,
        secrets.answer.keyId,
        secrets.answer.mac,
        challenge.attempts.max,
        challenge.resends.max,
        challenge.resends.availableAt,
        challenge.completeWithinSeconds,
        challenge.deliveryId,
        challenge.createdAt,
        challenge.expiresAt,
      ],
    });
  }

  async find(tx: Transaction, id: string): Promise<ChallengeAt | undefined> {
    const [row] = await tx.rows<ChallengeAtRow>({
      name: 'challenge-find',
      text: `SELECT ${CHALLENGE_COLUMNS}, ${DELIVERY_COLUMNS}, clock_timestamp() AS now
        FROM challenge c LEFT JOIN delivery d ON d.tenant_id = c.tenant_id AND d.id = c.delivery_id
        WHERE c.tenant_id = $1 AND c.id = $2`,
      values: [tx.tenant, id],
    });
    return row && challengeAtOf(row);
  }

  async findForUpdate(tx: Transaction, id: string): Promise<ChallengeAt | undefined> {
    const [row] = await tx.rows<ChallengeAtRow>({
      name: 'challenge-find-for-update',
      // The clock is read outside the locking query: inside, it could be from before the wait.
      text: `SELECT ${CHALLENGE_COLUMNS}, ${DELIVERY_COLUMNS}, clock_timestamp() AS now
        FROM (SELECT * FROM challenge WHERE tenant_id = $1 AND id = $2 FOR UPDATE) c
        LEFT JOIN delivery d ON d.tenant_id = c.tenant_id AND d.id = c.delivery_id`,
      values: [tx.tenant, id],
    });
    return row && challengeAtOf(row);
  }

  async findOpenByRecipient(tx: Transaction, policyId: string, recipientIndex: Buffer): Promise<Challenge[]> {
    const rows = await tx.rows<ChallengeRow>({
      name: 'challenge-find-open',
      text: `SELECT ${CHALLENGE_COLUMNS} FROM challenge c
        WHERE c.tenant_id = $1 AND c.recipient_index = $2 AND c.policy_id = $3
          AND c.deadline_at > clock_timestamp() AND c.id >= $4
        ORDER BY c.id FOR UPDATE`,
      values: [
        tx.tenant,
        recipientIndex,
        policyId,
        leastIdAt(new Date(Date.now() - OLDEST_OPEN_HOURS * 3_600_000)),
      ],
    });
    return rows.map(challengeOf);
  }

  async settle(tx: Transaction, challenge: Challenge): Promise<Settlement> {
    const [row] = await tx.rows<{ in_time: boolean }>({
      name: 'challenge-settle',
      // A wait for the row is over when RETURNING is evaluated: the clock there is the one that counts.
      text: `UPDATE challenge SET state = $3, state_reason = $4, verified_at = $5, complete_before = $6, ended_at = $7
        WHERE tenant_id = $1 AND id = $2 AND state = 'ISSUED'
        RETURNING expires_at > clock_timestamp() AS in_time`,
      values: [
        tx.tenant,
        challenge.id,
        challenge.state,
        challenge.stateReason,
        challenge.verifiedAt,
        challenge.completeBefore,
        challenge.endedAt,
      ],
    });
    if (!row) return 'lost';
    return row.in_time ? 'settled' : 'late';
  }

  save(tx: Transaction, challenge: Challenge): void {
    tx.run({
      name: 'challenge-save',
      text: `UPDATE challenge SET state = $3, state_reason = $4, resends_used = $5, resend_available_at = $6,
          delivery_id = $7, expires_at = $8, completed_at = $9, ended_at = $10
        WHERE tenant_id = $1 AND id = $2`,
      values: [
        tx.tenant,
        challenge.id,
        challenge.state,
        challenge.stateReason,
        challenge.resends.used,
        challenge.resends.availableAt,
        challenge.deliveryId,
        challenge.expiresAt,
        challenge.completedAt,
        challenge.endedAt,
      ],
    });
  }

  replaceAnswer(tx: Transaction, id: string, answer: KeptAnswer): void {
    tx.run({
      name: 'challenge-replace-answer',
      text: `UPDATE challenge SET superseded_macs = array_remove(superseded_macs || answer_mac, $4), answer_key_id = $3, answer_mac = $4
        WHERE tenant_id = $1 AND id = $2`,
      values: [tx.tenant, id, answer.keyId, answer.mac],
    });
  }
}

function challengeAtOf(row: ChallengeAtRow): ChallengeAt {
  return { challenge: challengeOf(row), delivery: deliveryOf(row), now: row.now };
}
