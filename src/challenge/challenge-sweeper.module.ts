import { Module } from '@nestjs/common';
import { OutboxModule } from '../delivery/outbox.module.js';
import { Periodic } from '../delivery/worker/periodic.js';
import { ChallengeRepository } from './application/challenge-repository.js';
import { ExpireChallenges } from './application/expire-challenges.js';
import { OverdueChallenges } from './application/overdue-challenges.js';
import { TransitionRecorder } from './application/transition-recorder.js';
import { SqlChallengeRepository } from './persistence/sql-challenge-repository.js';
import { SqlOverdueChallenges } from './persistence/sql-overdue-challenges.js';

const SWEEP_EVERY_MS = 1_000;

/** The worker's part in the life of challenges: recording that their time is over. */
@Module({
  imports: [OutboxModule],
  providers: [
    ExpireChallenges,
    TransitionRecorder,
    { provide: ChallengeRepository, useClass: SqlChallengeRepository },
    { provide: OverdueChallenges, useClass: SqlOverdueChallenges },
    {
      provide: 'sweep',
      inject: [ExpireChallenges],
      useFactory: (expireChallenges: ExpireChallenges) =>
        new Periodic('the sweep of overdue challenges', SWEEP_EVERY_MS, (stopping) =>
          sweep(expireChallenges, stopping),
        ),
    },
  ],
})
export class ChallengeSweeperModule {}

async function sweep(expireChallenges: ExpireChallenges, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted && (await expireChallenges.execute())) {
    // A full batch: there are more.
  }
}
