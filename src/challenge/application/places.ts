import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../shared/transactor.js';
import { type Decision, granted, refused } from '../domain/decision.js';
import { cancel, isOpen, asOf, secondsUntil } from '../domain/lifecycle.js';
import { ChallengeRepository } from './challenge-repository.js';
import type { Initiator } from './initiator.js';
import { type Counted, IssuanceLimits } from './issuance-limits.js';
import type { Rules } from './tenant-rules.js';
import { TransitionRecorder } from './transition-recorder.js';

/** Makes a place for a new challenge: within every limit, and among those already active for its recipient. */
@Injectable()
export class Places {
  constructor(
    private readonly limits: IssuanceLimits,
    private readonly challenges: ChallengeRepository,
    private readonly transitions: TransitionRecorder,
  ) {}

  /**
   * The time from which the place is held. Refuses when a limit is full, or when the policy lets no newer challenge
   * supersede the older; what was reserved until then is given back.
   */
  async take(tx: Transaction, by: Initiator, rules: Rules, counted: Counted): Promise<Decision<Date>> {
    const { policy, configuration } = rules;
    const { recipientIndexes } = counted;
    // The reservation holds the recipient's counter: a second create waits there and then sees the first one's
    // challenge. The clock is asked behind that wait, so that nothing ends before it began.
    const [reserved, found, now] = await Promise.all([
      this.limits.reserve(tx, policy, configuration, counted),
      recipientIndexes ? this.challenges.findOpenByRecipient(tx, policy.id, recipientIndexes) : [],
      this.challenges.now(tx),
    ]);
    if (!reserved.ok) return reserved;
    const open = found.filter((challenge) => isOpen(asOf(challenge, now)));
    const { maxPerRecipient, whenExceeded } = policy.conditions.active;
    const surplus = open.slice(0, Math.max(0, open.length - maxPerRecipient + 1));
    const [oldest] = surplus;
    const rest: Decision<unknown> =
      oldest && whenExceeded === 'REJECT'
        ? refused('challenge-already-active', {
            retryAfterSeconds: secondsUntil(oldest.completeBefore ?? oldest.expiresAt, now),
          })
        : await this.limits.takeShared(tx.tenant, policy, configuration);
    if (!rest.ok) {
      this.limits.release(tx, reserved.value);
      return rest;
    }
    for (const older of surplus) {
      const superseded = cancel(older, now, 'SUPERSEDED');
      if (superseded.ok) this.transitions.save(tx, by, superseded.value);
    }
    return granted(now);
  }
}
