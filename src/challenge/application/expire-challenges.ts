import { Injectable } from '@nestjs/common';
import { WORKER_ACTOR } from '../../audit/audit-trail.js';
import { Transactor } from '../../shared/transactor.js';
import { asOf } from '../domain/lifecycle.js';
import { ChallengeRepository } from './challenge-repository.js';
import { OverdueChallenges } from './overdue-challenges.js';
import { TransitionRecorder } from './transition-recorder.js';

const BATCH = 500;

/** Records the end of challenges whose time, or that of their last attempt, is over, and wipes what they could still send. They read as ended without it. */
@Injectable()
export class ExpireChallenges {
  constructor(
    private readonly overdue: OverdueChallenges,
    private readonly transactor: Transactor,
    private readonly challenges: ChallengeRepository,
    private readonly transitions: TransitionRecorder,
  ) {}

  /** Ends one batch; true when there may be more. */
  async execute(): Promise<boolean> {
    const found = await this.overdue.find(BATCH);
    for (const tenant of new Set(found.map((challenge) => challenge.tenant))) {
      const ids = found.filter((challenge) => challenge.tenant === tenant).map(({ id }) => id);
      await this.expire(tenant, ids.sort());
    }
    return found.length === BATCH;
  }

  private async expire(tenant: string, ids: readonly string[]): Promise<void> {
    await this.transactor.inTenant(tenant, async (tx) => {
      const held = await Promise.all(ids.map((id) => this.challenges.findForUpdate(tx, id)));
      for (const found of held) {
        const current = found && asOf(found.challenge, found.now);
        if (current && current !== found.challenge) this.transitions.save(tx, WORKER_ACTOR, current);
      }
    });
  }
}
