import { Injectable } from '@nestjs/common';
import type { AuditActor } from '../../audit/audit-trail.js';
import type { Transaction } from '../../shared/transactor.js';
import { type Decision, granted, refused } from '../domain/decision.js';
import { cancel, secondsUntil } from '../domain/lifecycle.js';
import { ChallengeRepository } from './challenge-repository.js';
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

  /** Throws `rate-limited` when a limit is full; refuses when the policy lets no newer challenge supersede the older. */
  async take(tx: Transaction, actor: AuditActor, rules: Rules, counted: Counted): Promise<Decision<null>> {
    const { policy, configuration, now } = rules;
    const { recipientIndex } = counted;
    // The reservation holds the recipient's counter: a second create waits there and then sees the first one's challenge.
    const [reservations, open] = await Promise.all([
      this.limits.reserve(tx, policy, configuration, counted),
      recipientIndex ? this.challenges.findOpenByRecipient(tx, policy.id, recipientIndex) : [],
    ]);
    const { maxPerRecipient, whenExceeded } = policy.conditions.active;
    const surplus = open.slice(0, Math.max(0, open.length - maxPerRecipient + 1));
    const [oldest] = surplus;
    if (oldest && whenExceeded === 'REJECT') {
      this.limits.release(tx, reservations);
      return refused('challenge-already-active', {
        retryAfterSeconds: secondsUntil(oldest.completeBefore ?? oldest.expiresAt, now),
      });
    }
    await this.limits.takeShared(tx.tenant, policy, configuration);
    for (const older of surplus) {
      const superseded = cancel(older, now, 'SUPERSEDED');
      if (superseded.ok) this.transitions.save(tx, actor, superseded.value);
    }
    return granted(null);
  }
}
