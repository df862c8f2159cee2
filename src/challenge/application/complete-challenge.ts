import { Injectable } from '@nestjs/common';
import { matchesAction } from '../domain/action.js';
import type { Action } from '../domain/challenge.js';
import { type Decision, granted, refused } from '../domain/decision.js';
import { complete } from '../domain/lifecycle.js';
import { type ChallengeAt, ChallengeRepository } from './challenge-repository.js';
import type { Answered, CoreRequest } from './core-request.js';
import { TransitionRecorder } from './transition-recorder.js';
import { UnitOfWork } from './unit-of-work.js';

/** Confirms, once, that the verified action was approved; the consuming service then finalises it. */
@Injectable()
export class CompleteChallenge {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly challenges: ChallengeRepository,
    private readonly transitions: TransitionRecorder,
  ) {}

  async execute(
    request: CoreRequest,
    id: string,
    action: Action | undefined,
  ): Promise<Answered<ChallengeAt>> {
    return this.unitOfWork.run(request, async (tx) => {
      const found = await this.challenges.findForUpdate(tx, id);
      const decision = found ? completeFor(found, action) : refused('challenge-not-found');
      if (decision.ok) this.transitions.save(tx, request.caller, decision.value.challenge);
      else this.transitions.refusal(tx, request.caller, 'complete', id, decision.refusal);
      return decision;
    });
  }
}

/** The state decides first: about a challenge that cannot be completed, its action is nobody's business. */
function completeFor(found: ChallengeAt, action: Action | undefined): Decision<ChallengeAt> {
  const { challenge, now } = found;
  const completed = complete(challenge, now);
  if (!completed.ok) return completed;
  if (challenge.requireAction && !action) return refused('action-required');
  return matchesAction(challenge, action)
    ? granted({ ...found, challenge: completed.value })
    : refused('action-mismatch');
}
