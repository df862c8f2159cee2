import { Injectable } from '@nestjs/common';
import { AppError } from '../../shared/app-error.js';
import type { Caller } from '../../shared/caller.js';
import type { Transaction } from '../../shared/transactor.js';
import { AnswerKeeper } from '../crypto/answer-keeper.js';
import type { Challenge } from '../domain/challenge.js';
import { type Decision, granted, refused } from '../domain/decision.js';
import { asOf, fail, stateConflict, verify } from '../domain/lifecycle.js';
import { AttemptCounter, type CountedAttempt } from './attempt-counter.js';
import { type ChallengeAt, ChallengeRepository } from './challenge-repository.js';
import { TransitionRecorder } from './transition-recorder.js';

/** The second half of an answer: the one comparison that a counted attempt buys, and what follows from it. */
@Injectable()
export class AttemptSettling {
  constructor(
    private readonly challenges: ChallengeRepository,
    private readonly attempts: AttemptCounter,
    private readonly answers: AnswerKeeper,
    private readonly transitions: TransitionRecorder,
  ) {}

  async settle(
    tx: Transaction,
    caller: Caller,
    attempt: CountedAttempt,
    answer: string,
  ): Promise<Decision<ChallengeAt>> {
    const { challenge, kept, recipientIndex, now } = attempt;
    if (this.answers.matches(tx.tenant, challenge, answer, kept)) {
      const verified = await this.record(tx, caller, verify(challenge, now));
      if (!verified.ok) return verified;
      if (recipientIndex) this.attempts.forgetFailures(tx, recipientIndex);
      return this.asStored(tx, challenge.id);
    }
    const { used, max } = challenge.attempts;
    if (used >= max) {
      const failed = await this.record(tx, caller, fail(challenge, now));
      if (!failed.ok) return failed;
    } else {
      this.transitions.refusal(tx, caller, 'answer', challenge.id, { code: 'answer-incorrect', details: {} });
    }
    return refused('answer-incorrect', {
      errors: [{ pointer: '/answer', code: 'incorrect', detail: 'the answer is wrong' }],
      members: { attemptsRemaining: max - used, state: used >= max ? 'FAILED' : 'ISSUED' },
    });
  }

  private async record(
    tx: Transaction,
    caller: Caller,
    decision: Decision<Challenge>,
  ): Promise<Decision<Challenge>> {
    if (!decision.ok) return decision;
    switch (await this.transitions.settle(tx, caller, decision.value)) {
      case 'settled':
        return decision;
      case 'lost': {
        const stored = await this.asStored(tx, decision.value.id);
        const refusal = stored.ok ? stateConflict(asOf(stored.value.challenge, stored.value.now)) : stored;
        if (!refusal.ok) this.transitions.refusal(tx, caller, 'answer', decision.value.id, refusal.refusal);
        return refusal;
      }
      case 'late':
        // Thrown, so that what was written too late is undone.
        throw new AppError('challenge-state-conflict', {
          members: { state: 'EXPIRED', stateReason: 'NOT_ANSWERED' },
        });
    }
  }

  private async asStored(tx: Transaction, id: string): Promise<Decision<ChallengeAt>> {
    const stored = await this.challenges.find(tx, id);
    return stored ? granted(stored) : refused('challenge-not-found');
  }
}
