import { Injectable } from '@nestjs/common';
import { Outbox, type OutgoingMessage } from '../../delivery/application/outbox.js';
import type { Policy } from '../../policy/domain/policy.js';
import type { Transaction } from '../../shared/transactor.js';
import { AnswerKeeper } from '../crypto/answer-keeper.js';
import { generateSecret } from '../crypto/secret-generator.js';
import type { Challenge, DeliveryStatus } from '../domain/challenge.js';
import { usefulUntil } from '../domain/issue.js';
import { repeatedAt, withSecret } from './message.js';
import { ChallengeRepository } from './challenge-repository.js';

/** Puts a challenge's message into the outbox again; the earlier delivery gives way to it. */
@Injectable()
export class MessageRepeater {
  constructor(
    private readonly challenges: ChallengeRepository,
    private readonly answers: AnswerKeeper,
    private readonly outbox: Outbox,
  ) {}

  async repeat(
    tx: Transaction,
    challenge: Challenge,
    policy: Policy,
    now: Date,
  ): Promise<{ readonly challenge: Challenge; readonly delivery: DeliveryStatus }> {
    const earlier = challenge.deliveryId;
    const first = earlier === null ? undefined : await this.outbox.reopen(tx, earlier);
    if (earlier === null || !first)
      throw new Error(`The message of the open challenge ${challenge.id} is gone`);
    const sent = repeatedAt(first, challenge, now);
    const message =
      policy.conditions.resend.secret === 'NEW' ? this.renew(tx, challenge, policy, sent) : sent;
    this.outbox.withdraw(tx, earlier, 'SUPERSEDED');
    const deliveryId = this.outbox.add(tx, message, usefulUntil(challenge.expiresAt));
    return {
      challenge: { ...challenge, deliveryId },
      delivery: { channel: message.channel, status: 'PENDING', attempts: 0, sentAt: null, error: null },
    };
  }

  private renew(
    tx: Transaction,
    challenge: Challenge,
    policy: Policy,
    message: OutgoingMessage,
  ): OutgoingMessage {
    const secret = generateSecret(policy.conditions.code);
    this.challenges.replaceAnswer(tx, challenge.id, this.answers.keep(tx.tenant, challenge, secret));
    return withSecret(message, challenge, secret);
  }
}
