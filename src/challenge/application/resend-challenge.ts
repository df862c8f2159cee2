import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../shared/transactor.js';
import { type Decision, granted, refused } from '../domain/decision.js';
import { undeliverable } from '../domain/deliverable.js';
import { resend } from '../domain/lifecycle.js';
import { type ChallengeAt, ChallengeRepository } from './challenge-repository.js';
import type { Answered, CoreRequest } from './core-request.js';
import type { Initiator } from './initiator.js';
import { MessageRepeater } from './message-repeater.js';
import { TenantRules } from './tenant-rules.js';
import { TransitionRecorder } from './transition-recorder.js';
import { UnitOfWork } from './unit-of-work.js';

/**
 * Delivers the secret of an open challenge again, the same or a new one, to its original recipient, if the
 * configuration of today lets a message go there.
 */
@Injectable()
export class ResendChallenge {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly challenges: ChallengeRepository,
    private readonly tenantRules: TenantRules,
    private readonly messages: MessageRepeater,
    private readonly transitions: TransitionRecorder,
  ) {}

  async execute(request: CoreRequest, id: string): Promise<Answered<ChallengeAt>> {
    return this.unitOfWork.run(request, async (tx) => {
      const found = await this.challenges.findForUpdate(tx, id);
      const resent = found ? await this.resend(tx, request.caller, found) : refused('challenge-not-found');
      if (!resent.ok) this.transitions.refusal(tx, request.caller, 'resend', id, resent.refusal);
      return resent;
    });
  }

  private async resend(tx: Transaction, by: Initiator, found: ChallengeAt): Promise<Decision<ChallengeAt>> {
    const rules = await this.tenantRules.ofChallenge(tx, found.challenge);
    const { conditions } = rules.policy;
    const decision = resend(found.challenge, found.now, {
      cooldownSeconds: conditions.resend.cooldownSeconds,
      extendedLifeSeconds: conditions.resend.extendsExpiry ? conditions.expiresInSeconds : null,
    });
    if (!decision.ok) return decision;
    const refusal = undeliverable(rules.policy, rules.configuration);
    if (refusal) return { ok: false, refusal };
    const repeated = await this.messages.repeat(tx, decision.value, rules, found.now);
    if (!repeated.ok) return repeated;
    this.transitions.resent(tx, by, repeated.value.challenge, conditions.resend.secret);
    return granted({ ...found, ...repeated.value });
  }
}
