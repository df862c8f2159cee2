import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../shared/transactor.js';
import { AnswerKeeper } from '../crypto/answer-keeper.js';
import type { Challenge } from '../domain/challenge.js';
import { type Decision, granted, refused } from '../domain/decision.js';
import { fail, verify } from '../domain/lifecycle.js';
import { AttemptCounter, type CountedAttempt } from './attempt-counter.js';
import { type ChallengeAt, ChallengeRepository } from './challenge-repository.js';
import type { Initiator } from './initiator.js';
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
    by: Initiator,
    attempt: CountedAttempt,
    answer: string,
  ): Promise<Decision<ChallengeAt>> {
    return this.answers.matches(tx.tenant, attempt.challenge, answer, attempt.kept)
      ? this.right(tx, by, attempt)
      : this.wrong(tx, by, attempt);
  }

  private async right(
    tx: Transaction,
    by: Initiator,
    { challenge: { id }, failure }: CountedAttempt,
  ): Promise<Decision<ChallengeAt>> {
    const verified = await this.move(tx, by, id, verify);
    if (!verified.ok) return verified;
    if (failure) this.attempts.forget(tx, failure);
    const stored = await this.challenges.find(tx, id);
    return stored ? granted(stored) : refused('challenge-not-found');
  }

  private async wrong(
    tx: Transaction,
    by: Initiator,
    { challenge: { id, attempts }, failure }: CountedAttempt,
  ): Promise<Decision<never>> {
    const attemptsRemaining = attempts.max - attempts.used;
    const incorrect = refused('answer-incorrect', {
      errors: [{ pointer: '/answer', code: 'incorrect', detail: 'the answer is wrong' }],
      members: { attemptsRemaining, state: attemptsRemaining === 0 ? 'FAILED' : 'ISSUED' },
    });
    // The challenge is held before the counter, as by whoever counts.
    const ended = attemptsRemaining === 0 ? await this.move(tx, by, id, fail) : undefined;
    if (failure) this.attempts.confirm(tx, failure);
    if (!ended) {
      this.transitions.refusal(tx, by, 'answer', id, { code: 'answer-incorrect', details: {} });
    }
    return ended && !ended.ok ? ended : incorrect;
  }

  /** Decided by the clock once the challenge is held: what came too late is refused. */
  private async move(
    tx: Transaction,
    by: Initiator,
    id: string,
    transition: (challenge: Challenge, now: Date) => Decision<Challenge>,
  ): Promise<Decision<Challenge>> {
    const held = await this.challenges.findForUpdate(tx, id);
    const moved = held ? transition(held.challenge, held.now) : refused('challenge-not-found');
    if (moved.ok) this.transitions.save(tx, by, moved.value);
    else this.transitions.refusal(tx, by, 'answer', id, moved.refusal);
    return moved;
  }
}
