import { Injectable } from '@nestjs/common';
import { dailyStatement, leastIdAt, type OnDay } from '../../database/daily-statement.js';
import type { Transaction } from '../../shared/transactor.js';
import type { ChallengeAt, NewSecrets } from '../application/challenge-repository.js';
import { ChallengeRepository } from '../application/challenge-repository.js';
import type { KeptAnswer } from '../crypto/answer-keeper.js';
import type { Challenge } from '../domain/challenge.js';
import { inOrderOfBytes } from './aligned-counters.js';
import {
  CHALLENGE_COLUMNS,
  challengeOf,
  type ChallengeRow,
  DELIVERY_COLUMNS,
  type DeliveryColumns,
  deliveryOf,
} from './challenge.row.js';

type ChallengeAtRow = ChallengeRow & DeliveryColumns & { readonly now: Date };

/**
 * The newest delivery of challenge `c`: made on its day or until it ended, by a clock that may be behind. It is looked
 * up by its key: a join could also be planned as one that reads all deliveries of the tenant.
 */
const withDelivery = (onDay: OnDay): string => `
        LEFT JOIN LATERAL (
          SELECT * FROM delivery WHERE tenant_id = c.tenant_id AND id = c.delivery_id ${onDay('id', -1, 3)} LIMIT 1
        ) d ON true`;

const FIND = dailyStatement(
  'challenge-find',
  (onDay) => `SELECT ${CHALLENGE_COLUMNS}, ${DELIVERY_COLUMNS}, clock_timestamp() AS now
        FROM challenge c ${withDelivery(onDay)}
        WHERE c.tenant_id = $1 AND c.id = $2 ${onDay('c.id')}`,
);

// The clock is read outside the locking query: inside, it could be from before the wait.
const FIND_FOR_UPDATE = dailyStatement(
  'challenge-find-for-update',
  (onDay) => `SELECT ${CHALLENGE_COLUMNS}, ${DELIVERY_COLUMNS}, clock_timestamp() AS now
        FROM (SELECT * FROM challenge WHERE tenant_id = $1 AND id = $2 ${onDay('id')} FOR UPDATE) c ${withDelivery(onDay)}`,
);

/**
 * From the day before yesterday, since no open challenge is older than its longest life and a completion window, to
 * tomorrow, since clocks differ. One recipient index at a time. The order and the row comparisons are for the planner,
 * who may not sort: no index but that of open challenges can serve them. A plan from when little was known of the day's
 * partition could otherwise read all of the tenant's challenges of that day.
 */
const FIND_OPEN = dailyStatement(
  'challenge-find-open',
  (onDay) => `SELECT ${CHALLENGE_COLUMNS} FROM challenge c
        WHERE c.tenant_id = $1 AND (c.recipient_index, c.policy_id) >= ($2, $3)
          AND (c.recipient_index, c.policy_id) <= ($2, $3)
          AND c.deadline_at > clock_timestamp() ${onDay('c.id', -2, 2)}
        ORDER BY c.recipient_index, c.policy_id
        FOR UPDATE`,
);

const SAVE = dailyStatement(
  'challenge-save',
  (onDay) => `UPDATE challenge SET state = $3, state_reason = $4, resends_used = $5, resend_available_at = $6,
          delivery_id = $7, expires_at = $8, verified_at = $9, complete_before = $10, completed_at = $11, ended_at = $12
        WHERE tenant_id = $1 AND id = $2 ${onDay('id')}`,
);

const REPLACE_ANSWER = dailyStatement(
  'challenge-replace-answer',
  (
    onDay,
  ) => `UPDATE challenge SET superseded_macs = array_remove(superseded_macs || answer_mac, $4), answer_key_id = $3, answer_mac = $4
        WHERE tenant_id = $1 AND id = $2 ${onDay('id')}`,
);

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
          attempts_max, resends_max, resend_available_at, complete_within_seconds, delivery_id, created_at, expires_at,
          recipient_indexes, index_key_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
          $25, $26)`,
      values: [
        tx.tenant,
        challenge.id,
        challenge.type,
        challenge.state,
        challenge.policy.id,
        challenge.policy.alias,
        challenge.policy.version,
        challenge.requireAction,
        secrets.recipientIndexes?.[0] ?? null,
        challenge.recipientMasked,
        challenge.subject,
        challenge.action,
        challenge.actionDigest,
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
        severalIn(secrets.recipientIndexes),
        secrets.recipientIndexes && secrets.answer.keyId,
      ],
    });
  }

  async find(tx: Transaction, id: string): Promise<ChallengeAt | undefined> {
    const [row] = await tx.rows<ChallengeAtRow>(FIND(id, [tx.tenant, id]));
    return row && challengeAtOf(row);
  }

  async findForUpdate(tx: Transaction, id: string): Promise<ChallengeAt | undefined> {
    const [row] = await tx.rows<ChallengeAtRow>(FIND_FOR_UPDATE(id, [tx.tenant, id]));
    return row && challengeAtOf(row);
  }

  async findOpenByRecipient(
    tx: Transaction,
    policyId: string,
    recipientIndexes: readonly Buffer[],
  ): Promise<Challenge[]> {
    const today = leastIdAt(new Date());
    // In the same order everywhere, whatever the order of a ring: these rows are held.
    const found = await Promise.all(
      inOrderOfBytes(recipientIndexes).map((index) =>
        tx.rows<ChallengeRow>(FIND_OPEN(today, [tx.tenant, index, policyId])),
      ),
    );
    return found
      .flat()
      .map(challengeOf)
      .sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  save(tx: Transaction, challenge: Challenge): void {
    tx.run(
      SAVE(challenge.id, [
        tx.tenant,
        challenge.id,
        challenge.state,
        challenge.stateReason,
        challenge.resends.used,
        challenge.resends.availableAt,
        challenge.deliveryId,
        challenge.expiresAt,
        challenge.verifiedAt,
        challenge.completeBefore,
        challenge.completedAt,
        challenge.endedAt,
      ]),
    );
  }

  replaceAnswer(tx: Transaction, id: string, answer: KeptAnswer): void {
    tx.run(REPLACE_ANSWER(id, [tx.tenant, id, answer.keyId, answer.mac]));
  }
}

/** Under several keys, in the order in which failures are counted under all of them. */
function severalIn(recipientIndexes: readonly Buffer[] | null): readonly Buffer[] | null {
  return recipientIndexes && recipientIndexes.length > 1 ? inOrderOfBytes(recipientIndexes) : null;
}

function challengeAtOf(row: ChallengeAtRow): ChallengeAt {
  return { challenge: challengeOf(row), delivery: deliveryOf(row), now: row.now };
}
