import { Injectable } from '@nestjs/common';
import { ConfigurationReader } from '../../config/application/configuration-reader.js';
import { AppError } from '../../shared/app-error.js';
import type { Caller } from '../../shared/caller.js';
import type { Transaction } from '../../shared/transactor.js';
import { AnswerKeeper } from '../crypto/answer-keeper.js';
import { matchesAction } from '../domain/action.js';
import type { Action } from '../domain/challenge.js';
import { type Decision, granted, refused } from '../domain/decision.js';
import { asOf, stateConflict } from '../domain/lifecycle.js';
import { AttemptCounter, type CountedAttempt } from './attempt-counter.js';
import { ChallengeRepository } from './challenge-repository.js';
import { TransitionRecorder } from './transition-recorder.js';

export interface AnswerChallengeCommand {
  readonly id: string;
  readonly answer: string;
  readonly action?: Action;
}

/** The first half of an answer: what is refused without comparing, and the attempt that is counted before comparing. */
@Injectable()
export class AttemptCounting {
  constructor(
    private readonly configurations: ConfigurationReader,
    private readonly challenges: ChallengeRepository,
    private readonly attempts: AttemptCounter,
    private readonly answers: AnswerKeeper,
    private readonly transitions: TransitionRecorder,
  ) {}

  async count(
    tx: Transaction,
    caller: Caller,
    command: AnswerChallengeCommand,
  ): Promise<Decision<CountedAttempt>> {
    const decision = await this.decide(tx, command);
    if (!decision.ok) this.transitions.refusal(tx, caller, 'answer', command.id, decision.refusal);
    return decision;
  }

  private async decide(
    tx: Transaction,
    { id, answer, action }: AnswerChallengeCommand,
  ): Promise<Decision<CountedAttempt>> {
    const { failuresPerRecipient } = (await this.configurations.current(tx)).answers;
    if (action) {
      const found = await this.challenges.find(tx, id);
      if (found && !matchesAction(found.challenge, action)) return refused('action-mismatch');
    }
    const earlier = this.answers.everyMac(tx.tenant, id, answer);
    const count = await this.attempts.count(tx, id, failuresPerRecipient, earlier);
    if (count.outcome === 'counted') return granted(count.attempt);
    if (count.outcome === 'blocked') {
      // Thrown, so that the attempt is not counted: nothing is going to be compared.
      throw new AppError('rate-limited', {
        detail: 'The recipient has failed too often in a row.',
        retryAfterSeconds: count.retryAfterSeconds,
        members: { limit: { per: 'RECIPIENT_FAILURES', ...failuresPerRecipient } },
      });
    }
    return this.explain(tx, id, earlier);
  }

  private async explain(tx: Transaction, id: string, earlier: readonly Buffer[]): Promise<Decision<never>> {
    const [found, superseded] = await Promise.all([
      this.challenges.find(tx, id),
      this.attempts.isSuperseded(tx, id, earlier),
    ]);
    if (!found) return refused('challenge-not-found');
    const current = asOf(found.challenge, found.now);
    return current.state === 'ISSUED' && superseded ? refused('answer-superseded') : stateConflict(current);
  }
}
