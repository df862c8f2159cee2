import { Injectable } from '@nestjs/common';
import { ConfigurationReader } from '../../config/application/configuration-reader.js';
import type { Transaction } from '../../shared/transactor.js';
import { AnswerKeeper } from '../crypto/answer-keeper.js';
import { matchesAction } from '../domain/action.js';
import type { Action, Challenge } from '../domain/challenge.js';
import { type Decision, granted, refused } from '../domain/decision.js';
import type { EndUser } from '../domain/end-user.js';
import { asOf, isBeingChecked, stateConflict, undecided } from '../domain/lifecycle.js';
import { AttemptCounter, type CountedAttempt } from './attempt-counter.js';
import { type ChallengeAt, ChallengeRepository } from './challenge-repository.js';
import type { Initiator } from './initiator.js';
import { TransitionRecorder } from './transition-recorder.js';

export interface AnswerChallengeCommand {
  readonly id: string;
  readonly answer: string;
  readonly action?: Action;
  readonly client?: EndUser;
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
    by: Initiator,
    command: AnswerChallengeCommand,
  ): Promise<Decision<CountedAttempt>> {
    const decision = await this.decide(tx, command);
    if (!decision.ok) this.transitions.refusal(tx, by, 'answer', command.id, decision.refusal);
    return decision;
  }

  private async decide(
    tx: Transaction,
    { id, answer, action }: AnswerChallengeCommand,
  ): Promise<Decision<CountedAttempt>> {
    const { failuresPerRecipient } = (await this.configurations.current(tx)).answers;
    if (action) {
      const found = await this.challenges.find(tx, id);
      if (found && !matchesAction(found.challenge, action)) return mismatch(found);
    }
    const earlier = this.answers.everyMac(tx.tenant, id, answer);
    const count = await this.attempts.count(tx, id, failuresPerRecipient, earlier);
    switch (count.outcome) {
      case 'counted':
        return granted(count.attempt);
      case 'blocked':
        return refused('rate-limited', {
          detail: 'The recipient has failed too often in a row.',
          retryAfterSeconds: count.retryAfterSeconds,
          members: { limit: { per: 'RECIPIENT_FAILURES', ...failuresPerRecipient } },
        });
      case 'undecided':
        return undecided(count.challenge);
      case 'refused':
        return this.explain(tx, id, earlier);
    }
  }

  private async explain(tx: Transaction, id: string, earlier: readonly Buffer[]): Promise<Decision<never>> {
    const [found, superseded] = await Promise.all([
      this.challenges.find(tx, id),
      this.attempts.isSuperseded(tx, id, earlier),
    ]);
    if (!found) return refused('challenge-not-found');
    const current = asOf(found.challenge, found.now);
    if (current.state === 'ISSUED' && superseded) return refused('answer-superseded');
    return unanswerable(current);
  }
}

/** The state decides first: about a challenge that cannot be answered, its action is nobody's business. */
function mismatch({ challenge, now }: ChallengeAt): Decision<never> {
  const current = asOf(challenge, now);
  const isAnswerable = current.state === 'ISSUED' && !isBeingChecked(current);
  return isAnswerable ? refused('action-mismatch') : unanswerable(current);
}

function unanswerable(current: Challenge): Decision<never> {
  return isBeingChecked(current) ? undecided(current) : stateConflict(current);
}
