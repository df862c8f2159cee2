import { Module } from '@nestjs/common';
import { ConfigReadModule } from '../config/config-read.module.js';
import { OutboxModule } from '../delivery/outbox.module.js';
import { PolicyReadModule } from '../policy/policy-read.module.js';
import { Admission } from './application/admission.js';
import { AnswerChallenge } from './application/answer-challenge.js';
import { AttemptCounter } from './application/attempt-counter.js';
import { AttemptCounting } from './application/attempt-counting.js';
import { AttemptSettling } from './application/attempt-settling.js';
import { CancelChallenge } from './application/cancel-challenge.js';
import { ChallengeIssuer } from './application/challenge-issuer.js';
import { ChallengeRepository } from './application/challenge-repository.js';
import { CompleteChallenge } from './application/complete-challenge.js';
import { CreateChallenge } from './application/create-challenge.js';
import { GetChallenge } from './application/get-challenge.js';
import { IdempotencyStore } from './application/idempotency-store.js';
import { IssuanceLimits } from './application/issuance-limits.js';
import { LimitCounters } from './application/limit-counters.js';
import { MessageRepeater } from './application/message-repeater.js';
import { Places } from './application/places.js';
import { RefuseChallenge } from './application/refuse-challenge.js';
import { ResendChallenge } from './application/resend-challenge.js';
import { SharedCounters } from './application/shared-counters.js';
import { TenantRules } from './application/tenant-rules.js';
import { TransitionRecorder } from './application/transition-recorder.js';
import { UnitOfWork } from './application/unit-of-work.js';
import { AnswerKeeper } from './crypto/answer-keeper.js';
import { IdentityIndex } from './crypto/identity-index.js';
import { ChallengesController } from './http/challenges.controller.js';
import { ProofsController } from './http/proofs.controller.js';
import { BatchedSharedCounters } from './persistence/batched-shared-counters.js';
import { SqlAttemptCounter } from './persistence/sql-attempt-counter.js';
import { SqlChallengeRepository } from './persistence/sql-challenge-repository.js';
import { SqlIdempotencyStore } from './persistence/sql-idempotency-store.js';
import { SqlLimitCounters } from './persistence/sql-limit-counters.js';

/** The Core API. */
@Module({
  imports: [ConfigReadModule, PolicyReadModule, OutboxModule],
  controllers: [ChallengesController, ProofsController],
  providers: [
    CreateChallenge,
    RefuseChallenge,
    GetChallenge,
    CancelChallenge,
    AnswerChallenge,
    ResendChallenge,
    CompleteChallenge,
    Admission,
    AttemptCounting,
    AttemptSettling,
    ChallengeIssuer,
    IssuanceLimits,
    MessageRepeater,
    Places,
    TenantRules,
    TransitionRecorder,
    UnitOfWork,
    AnswerKeeper,
    IdentityIndex,
    { provide: ChallengeRepository, useClass: SqlChallengeRepository },
    { provide: AttemptCounter, useClass: SqlAttemptCounter },
    { provide: LimitCounters, useClass: SqlLimitCounters },
    { provide: SharedCounters, useClass: BatchedSharedCounters },
    { provide: IdempotencyStore, useClass: SqlIdempotencyStore },
  ],
})
export class ChallengeModule {}
