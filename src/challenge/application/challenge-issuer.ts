import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Outbox } from '../../delivery/application/outbox.js';
import type { Transaction } from '../../shared/transactor.js';
import { AnswerKeeper } from '../crypto/answer-keeper.js';
import { generateSecret } from '../crypto/secret-generator.js';
import type { Challenge, DeliveryStatus } from '../domain/challenge.js';
import { issue, usefulUntil } from '../domain/issue.js';
import type { IssueRequest } from '../domain/issue-request.js';
import type { Admitted } from './admission.js';
import { ChallengeRepository } from './challenge-repository.js';
import type { Initiator } from './initiator.js';
import { messageOf } from './message.js';
import { TransitionRecorder } from './transition-recorder.js';

/** A challenge as created; `token` for TOKEN alone, and here alone. */
export interface IssuedChallenge {
  readonly challenge: Challenge;
  readonly delivery: DeliveryStatus | null;
  readonly token?: string;
}

/** Writes a new challenge with its secret, its delivery and its audit row, in one transaction. */
@Injectable()
export class ChallengeIssuer {
  constructor(
    private readonly challenges: ChallengeRepository,
    private readonly answers: AnswerKeeper,
    private readonly outbox: Outbox,
    private readonly transitions: TransitionRecorder,
  ) {}

  issue(
    tx: Transaction,
    by: Initiator,
    request: IssueRequest,
    { policy, recipient, recipientIndexes, sender, now }: Admitted,
  ): IssuedChallenge {
    const secret = generateSecret(policy.conditions.code);
    const bare = issue(uuidv7(), request, policy, recipient, now);
    const deliveryId =
      recipient &&
      this.outbox.add(
        tx,
        messageOf(tx.tenant, bare, recipient, request.variables ?? {}, secret, sender),
        usefulUntil(bare.expiresAt),
      );
    const challenge = { ...bare, deliveryId };
    this.challenges.insert(tx, challenge, {
      answer: this.answers.keep(tx.tenant, challenge, secret),
      recipientIndexes,
    });
    this.transitions.issued(tx, by, challenge);
    return {
      challenge,
      delivery: recipient && {
        channel: recipient.channel,
        status: 'PENDING',
        attempts: 0,
        sentAt: null,
        error: null,
      },
      ...(policy.type === 'TOKEN' ? { token: secret } : {}),
    };
  }
}
