import { Injectable } from '@nestjs/common';
import { IdentityIndex } from '../crypto/identity-index.js';
import { type AnswerChallengeCommand, AttemptCounting } from './attempt-counting.js';
import { AttemptSettling } from './attempt-settling.js';
import type { ChallengeAt } from './challenge-repository.js';
import type { Answered, CoreRequest } from './core-request.js';
import { UnitOfWork } from './unit-of-work.js';

/**
 * Checks an answer in two transactions: the first counts the attempt and is committed before the answer is
 * compared, so that nothing that happens afterwards gives the attempt back (OWASP ASVS 5.0, 6.6.3 and 15.4.2).
 */
@Injectable()
export class AnswerChallenge {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly index: IdentityIndex,
    private readonly counting: AttemptCounting,
    private readonly settling: AttemptSettling,
  ) {}

  async execute(request: CoreRequest, command: AnswerChallengeCommand): Promise<Answered<ChallengeAt>> {
    const { caller } = request;
    const by = { ...caller, endUser: this.index.ofEndUser(caller.tenant, command.client) };
    return this.unitOfWork.runInTwo(
      request,
      (tx) => this.counting.count(tx, by, command),
      (tx, attempt) => this.settling.settle(tx, by, attempt, command.answer),
    );
  }
}
