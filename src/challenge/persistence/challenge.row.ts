import type { ChallengeType } from '../../template/template.js';
import type { Action, Challenge, ChallengeState, DeliveryStatus, StateReason } from '../domain/challenge.js';

/** A row of `challenge` as the driver returns it, with the columns of its newest delivery where they were joined. */
export interface ChallengeRow {
  readonly id: string;
  readonly type: ChallengeType;
  readonly state: ChallengeState;
  readonly state_reason: StateReason | null;
  readonly policy_id: string;
  readonly policy_alias: string;
  readonly policy_version: number;
  readonly require_action: boolean;
  readonly recipient_masked: string | null;
  readonly subject: string | null;
  readonly action: Action | null;
  readonly action_digest: Buffer | null;
  readonly locale: string | null;
  readonly metadata: Record<string, string>;
  readonly attempts_used: number;
  readonly attempts_max: number;
  readonly exhausted_at: Date | null;
  readonly resends_used: number;
  readonly resends_max: number;
  readonly resend_available_at: Date | null;
  readonly complete_within_seconds: number;
  readonly delivery_id: string | null;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly verified_at: Date | null;
  readonly complete_before: Date | null;
  readonly completed_at: Date | null;
  readonly ended_at: Date | null;
}

export interface DeliveryColumns {
  readonly delivery_channel: DeliveryStatus['channel'] | null;
  readonly delivery_status: DeliveryStatus['status'] | 'DEAD' | null;
  readonly delivery_attempts: number;
  readonly delivery_sent_at: Date | null;
  readonly delivery_error: string | null;
}

/** The columns of `ChallengeRow`, for a statement that names the table `c`. */
export const CHALLENGE_COLUMNS = [
  'id',
  'type',
  'state',
  'state_reason',
  'policy_id',
  'policy_alias',
  'policy_version',
  'require_action',
  'recipient_masked',
  'subject',
  'action',
  'action_digest',
  'locale',
  'metadata',
  'attempts_used',
  'attempts_max',
  'exhausted_at',
  'resends_used',
  'resends_max',
  'resend_available_at',
  'complete_within_seconds',
  'delivery_id',
  'created_at',
  'expires_at',
  'verified_at',
  'complete_before',
  'completed_at',
  'ended_at',
]
  .map((column) => `c.${column}`)
  .join(', ');

/** The columns of `DeliveryColumns`, for a statement that names the table `d`. */
export const DELIVERY_COLUMNS =
  'd.channel AS delivery_channel, d.status AS delivery_status, d.attempts AS delivery_attempts, d.sent_at AS delivery_sent_at, d.error AS delivery_error';

export function challengeOf(row: ChallengeRow): Challenge {
  return {
    id: row.id,
    type: row.type,
    state: row.state,
    stateReason: row.state_reason,
    policy: { id: row.policy_id, alias: row.policy_alias, version: row.policy_version },
    requireAction: row.require_action,
    recipientMasked: row.recipient_masked,
    subject: row.subject,
    action: row.action,
    actionDigest: row.action_digest,
    locale: row.locale,
    metadata: row.metadata,
    attempts: { used: row.attempts_used, max: row.attempts_max },
    exhaustedAt: row.exhausted_at,
    resends: { used: row.resends_used, max: row.resends_max, availableAt: row.resend_available_at },
    completeWithinSeconds: row.complete_within_seconds,
    deliveryId: row.delivery_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    verifiedAt: row.verified_at,
    completeBefore: row.complete_before,
    completedAt: row.completed_at,
    endedAt: row.ended_at,
  };
}

/** A message that killed its workers is, to the consumer, one that failed. */
export function deliveryOf(row: DeliveryColumns): DeliveryStatus | null {
  if (row.delivery_channel === null || row.delivery_status === null) return null;
  return {
    channel: row.delivery_channel,
    status: row.delivery_status === 'DEAD' ? 'FAILED' : row.delivery_status,
    attempts: row.delivery_attempts,
    sentAt: row.delivery_sent_at,
    error: row.delivery_error,
  };
}
