import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail.js';
import { Outbox } from '../../delivery/application/outbox.js';
import type { Transaction } from '../../shared/transactor.js';
import type { Challenge } from '../domain/challenge.js';
import type { Refusal } from '../domain/decision.js';
import { ChallengeRepository } from './challenge-repository.js';
import type { Initiator } from './initiator.js';

/** Records what becomes of a challenge with all that follows from it: the row, the audit trail, the end of its messages. */
@Injectable()
export class TransitionRecorder {
  constructor(
    private readonly challenges: ChallengeRepository,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
  ) {}

  /** Saves a challenge that this transaction holds, in its new state. */
  save(tx: Transaction, by: Initiator, moved: Challenge): void {
    const { id, state, stateReason, deliveryId } = moved;
    this.challenges.save(tx, moved);
    // A challenge that is no longer ISSUED has nothing to send, and its sealed secret no reason to stay.
    if (state !== 'ISSUED' && deliveryId !== null) this.outbox.withdraw(tx, deliveryId, 'CHALLENGE_ENDED');
    this.record(tx, by, `challenge.${state.toLowerCase()}`, id, {}, stateReason);
  }

  /** Saves a challenge that was resent. */
  resent(tx: Transaction, by: Initiator, challenge: Challenge, secret: 'SAME' | 'NEW'): void {
    this.challenges.save(tx, challenge);
    this.record(tx, by, 'challenge.resent', challenge.id, { resends: challenge.resends.used, secret });
  }

  /** Tells of a new challenge. */
  issued(tx: Transaction, by: Initiator, { id, type, policy }: Challenge): void {
    this.record(tx, by, 'challenge.issued', id, {
      type,
      policy: policy.alias,
      policyVersion: policy.version,
    });
  }

  /**
   * A security event: what a limit, the policy, the configuration or the state of a challenge did not allow. One
   * small row for each request of an authenticated caller, gone with the month's partition after its retention:
   * that bounds what an attack can make of it. Where a limit refused, it does not wait for the disk.
   */
  refusal(
    tx: Transaction,
    by: Initiator,
    operation: 'create' | 'answer' | 'resend' | 'complete' | 'cancel',
    challengeId: string | null,
    { code, details }: Refusal,
    detail: Readonly<Record<string, unknown>> = {},
  ): void {
    const limit = details.members?.['limit'];
    this.record(
      tx,
      by,
      `challenge.${operation}.refused`,
      challengeId,
      limit === undefined ? detail : { ...detail, limit },
      code,
    );
  }

  private record(
    tx: Transaction,
    { endUser, issuer, client }: Initiator,
    event: string,
    objectId: string | null,
    told: Readonly<Record<string, unknown>>,
    reason: string | null = null,
  ): void {
    const detail = endUser ? { ...told, client: endUser } : told;
    this.audit.record(tx, {
      event,
      actor: { issuer, client },
      objectId,
      ...(reason === null ? {} : { reason }),
      ...(Object.keys(detail).length === 0 ? {} : { detail }),
    });
  }
}
