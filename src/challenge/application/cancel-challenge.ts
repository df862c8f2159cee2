import { Injectable } from '@nestjs/common';
import { type Decision, granted, refused } from '../domain/decision.js';
import { cancel } from '../domain/lifecycle.js';
import { type ChallengeAt, ChallengeRepository } from './challenge-repository.js';
import type { Answered, CoreRequest } from './core-request.js';
import { TransitionRecorder } from './transition-recorder.js';
import { UnitOfWork } from './unit-of-work.js';

/** Ends an open challenge on request; cancelling it again changes nothing. */
@Injectable()
export class CancelChallenge {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly challenges: ChallengeRepository,
    private readonly transitions: TransitionRecorder,
  ) {}

  async execute(request: CoreRequest, id: string): Promise<Answered<ChallengeAt>> {
    return this.unitOfWork.run(request, async (tx) => {
      const found = await this.challenges.findForUpdate(tx, id);
      const decision = found ? cancelled(found) : refused('challenge-not-found');
      if (!decision.ok) this.transitions.refusal(tx, request.caller, 'cancel', id, decision.refusal);
      else if (decision.value !== found) this.transitions.save(tx, request.caller, decision.value.challenge);
      return decision;
    });
  }
}

/** What was found itself when it is cancelled already. */
function cancelled(found: ChallengeAt): Decision<ChallengeAt> {
  const decision = cancel(found.challenge, found.now, 'REQUESTED');
  if (!decision.ok) return decision;
  return granted(decision.value === found.challenge ? found : { ...found, challenge: decision.value });
}
