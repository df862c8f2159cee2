import { Injectable } from '@nestjs/common';
import { AppError } from '../../shared/app-error.js';
import type { Caller } from '../../shared/caller.js';
import { Transactor } from '../../shared/transactor.js';
import { type ChallengeAt, ChallengeRepository } from './challenge-repository.js';

/** Tells how a challenge stands. Changes nothing. */
@Injectable()
export class GetChallenge {
  constructor(
    private readonly transactor: Transactor,
    private readonly challenges: ChallengeRepository,
  ) {}

  async execute(caller: Caller, id: string): Promise<ChallengeAt> {
    const found = await this.transactor.inOneTrip(caller.tenant, (tx) => this.challenges.find(tx, id));
    if (!found) throw new AppError('challenge-not-found');
    return found;
  }
}
