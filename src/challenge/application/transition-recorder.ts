import { Injectable } from '@nestjs/common';
import { type AuditActor, AuditTrail } from '../../audit/audit-trail.js';
import { Outbox } from '../../delivery/application/outbox.js';
import type { Transaction } from '../../shared/transactor.js';
import type { Challenge } from '../domain/challenge.js';
import type { Refusal } from '../domain/decision.js';
import { ChallengeRepository, type Settlement } from './challenge-repository.js';

/** Records a transition with all that follows from it: the row, the audit trail, and the end of its messages. */
@Injectable()
export class TransitionRecorder {
  constructor(
    private readonly challenges: ChallengeRepository,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
  ) {}

  /** Saves a challenge that this transaction holds, in its new state. */
  save(tx: Transaction, actor: AuditActor, moved: Challenge): void {
    this.challenges.save(tx, moved);
    this.follow(tx, actor, moved);
  }

  /** Records the outcome of a counted attempt, where the challenge still waits for one. */
  async settle(tx: Transaction, actor: AuditActor, settled: Challenge): Promise<Settlement> {
    const settlement = await this.challenges.settle(tx, settled);
    if (settlement === 'settled') this.follow(tx, actor, settled);
    return settlement;
  }

  /** A security event: something was refused that a well-behaved caller would not have asked for. */
  refusal(
    tx: Transaction,
    actor: AuditActor,
    operation: string,
    challengeId: string,
    refusal: Refusal,
  ): void {
    this.audit.record(tx, {
      event: `challenge.${operation}.refused`,
      actor,
      objectId: challengeId,
      reason: refusal.code,
    });
  }

  private follow(
    tx: Transaction,
    actor: AuditActor,
    { id, state, stateReason, deliveryId }: Challenge,
  ): void {
    // A challenge that is no longer ISSUED has nothing to send, and its sealed secret no reason to stay.
    if (state !== 'ISSUED' && deliveryId !== null) this.outbox.withdraw(tx, deliveryId, 'CHALLENGE_ENDED');
    this.audit.record(tx, {
      event: `challenge.${state.toLowerCase()}`,
      actor,
      objectId: id,
      ...(stateReason === null ? {} : { reason: stateReason }),
    });
  }
}
