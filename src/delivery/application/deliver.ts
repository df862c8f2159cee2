import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { inSpan } from '../../observability/tracing.js';
import { AppError } from '../../shared/app-error.js';
import type { AttemptOutcome } from '../domain/conclude.js';
import { DELIVERY_LIMITS, type DeliveryLimits } from '../domain/limits.js';
import type { Attempt } from './attempt.js';
import { BeginAttempt } from './begin-attempt.js';
import { CarryOut } from './carry-out.js';
import { ConcludeAttempt } from './conclude-attempt.js';
import type { Claim } from './delivery-store.js';
import { attemptSpan, tellOutcome } from './delivery-spans.js';

/**
 * While the database is away an outcome is kept and recorded once it is back, mostly before anybody else can claim the
 * delivery, even after its lease; one that came too late is refused by its fence. In milliseconds.
 */
const RECORD_FOR_MS = 30_000;
const RECORD_AGAIN_MS = { least: 500, most: 1_000 };

/** What a delivery goes through on its way out. */
export interface Passage {
  /** Its owner's: aborting it ends a hand-over that is under way. */
  readonly handOver: AbortController;
  /** Whether it has a place to send; false when none came free in time. */
  readonly takePlace: () => Promise<boolean>;
  /** The message is handed over, or will not be; what may be left is to record that. */
  readonly leave: () => void;
}

/** Delivers what a claim names: begin, hand over outside any transaction, record. */
@Injectable()
export class Deliver {
  constructor(
    private readonly begin: BeginAttempt,
    private readonly carryOut: CarryOut,
    private readonly conclude: ConcludeAttempt,
  ) {}

  async execute(claim: Claim, passage: Passage, limits: DeliveryLimits = DELIVERY_LIMITS): Promise<void> {
    const startedAt = performance.now();
    const attempt = await this.begin.execute(claim, limits);
    if (!attempt) return;
    await inSpan(
      () => attemptSpan(attempt, startedAt),
      async (span) => {
        const outcome = await this.attempt(attempt, startedAt, passage, limits);
        passage.leave();
        tellOutcome(span, outcome);
        await this.record(attempt, outcome, limits);
      },
    );
  }

  private async attempt(
    attempt: Attempt,
    startedAt: number,
    { handOver, takePlace }: Passage,
    limits: DeliveryLimits,
  ): Promise<AttemptOutcome> {
    const turnAt = performance.now() + attempt.afterMs;
    if (!(await takePlace())) return { kind: 'NOT_MADE', detail: 'no-place' };
    const waitMs = turnAt - performance.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal: handOver.signal }).catch(() => undefined);
    if (handOver.signal.aborted) return { kind: 'NOT_MADE', detail: 'worker-stopped' };
    // A process that was suspended since must not send: the lease may be another's by the time it is done.
    const spentMs = performance.now() - startedAt;
    if (spentMs + limits.sendMs >= limits.leaseMs) return { kind: 'NOT_MADE', detail: 'worker-stalled' };
    const timer = setTimeout(() => {
      handOver.abort();
    }, limits.sendMs);
    try {
      return await this.carryOut.execute(attempt, handOver.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  private async record(attempt: Attempt, outcome: AttemptOutcome, limits: DeliveryLimits): Promise<void> {
    const deadline = performance.now() + RECORD_FOR_MS;
    for (;;) {
      try {
        await this.conclude.execute(attempt, outcome, limits);
        return;
      } catch (error) {
        if (!(error instanceof AppError) || performance.now() > deadline) throw error;
        await delay(randomInt(RECORD_AGAIN_MS.least, RECORD_AGAIN_MS.most));
      }
    }
  }
}
