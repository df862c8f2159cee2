import { Injectable } from '@nestjs/common';
import { type KeptMessage, Outbox } from '../../delivery/application/outbox.js';
import { senderOf } from '../../delivery/application/sender.js';
import { judgedRecipient } from '../../policy/domain/judged-recipient.js';
import type { Policy } from '../../policy/domain/policy.js';
import type { Transaction } from '../../shared/transactor.js';
import { AnswerKeeper } from '../crypto/answer-keeper.js';
import { generateSecret } from '../crypto/secret-generator.js';
import type { Challenge, DeliveryStatus } from '../domain/challenge.js';
import { type Decision, granted, refused } from '../domain/decision.js';
import { usefulUntil } from '../domain/issue.js';
import { repeatedAt, withSecret } from './message.js';
import { ChallengeRepository } from './challenge-repository.js';
import type { Rules } from './tenant-rules.js';

export interface RepeatedMessage {
  readonly challenge: Challenge;
  readonly delivery: DeliveryStatus;
}

/** Puts a challenge's message into the outbox again, from today's sender; the earlier delivery gives way to it. */
@Injectable()
export class MessageRepeater {
  constructor(
    private readonly challenges: ChallengeRepository,
    private readonly answers: AnswerKeeper,
    private readonly outbox: Outbox,
  ) {}

  /** Refuses, before anything changes, when the rules of today no longer let the recipient be sent to. */
  async repeat(
    tx: Transaction,
    challenge: Challenge,
    { policy, configuration }: Rules,
    now: Date,
  ): Promise<Decision<RepeatedMessage>> {
    const earlier = challenge.deliveryId;
    const first = earlier === null ? undefined : await this.outbox.reopen(tx, earlier);
    if (earlier === null || !first)
      throw new Error(`The message of the open challenge ${challenge.id} is gone`);
    const judged = judgedRecipient(first.recipient, policy, configuration);
    if ('finding' in judged) return refused('recipient-not-allowed', { detail: judged.finding.detail });
    const sent = repeatedAt(first, challenge, now);
    const renewed =
      policy.conditions.resend.secret === 'NEW' ? this.renew(tx, challenge, policy, sent) : sent;
    const message = { ...renewed, sender: senderOf(configuration) };
    this.outbox.withdraw(tx, earlier, 'SUPERSEDED');
    const deliveryId = this.outbox.add(tx, message, usefulUntil(challenge.expiresAt));
    return granted({
      challenge: { ...challenge, deliveryId },
      delivery: { channel: message.channel, status: 'PENDING', attempts: 0, sentAt: null, error: null },
    });
  }

  private renew(tx: Transaction, challenge: Challenge, policy: Policy, message: KeptMessage): KeptMessage {
    const secret = generateSecret(policy.conditions.code);
    this.challenges.replaceAnswer(tx, challenge.id, this.answers.keep(tx.tenant, challenge, secret));
    return withSecret(message, challenge, secret);
  }
}
