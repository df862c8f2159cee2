import { Injectable } from '@nestjs/common';
import { dailyStatement } from '../../database/daily-statement.js';
import type { Transaction } from '../../shared/transactor.js';
import {
  type AttemptCount,
  AttemptCounter,
  type CountedFailure,
  type FailureLimit,
} from '../application/attempt-counter.js';
import { SETTLING_SECONDS } from '../domain/lifecycle.js';
import { alignCounters } from './aligned-counters.js';
import { CHALLENGE_COLUMNS, challengeOf, type ChallengeRow } from './challenge.row.js';
import { NOT_AWAITING_DISK } from './not-awaiting-disk.js';

type CountedRow = ChallengeRow & {
  readonly answer_key_id: string;
  readonly answer_mac: Buffer;
  readonly recipient_index: Buffer | null;
  readonly recipient_indexes: readonly Buffer[] | null;
  readonly index_key_id: string | null;
  readonly failures: number | null;
  readonly now: Date;
};

/** Failures in a row that cost no wait, and the waits after them: doubling, in seconds. */
const FREE_FAILURES = 4;
const FIRST_WAIT_SECONDS = 30;
const LONGEST_WAIT_SECONDS = 3_600;
/** Sets these counters apart from the limits that share their table; the index itself is keyed. */
const FAILURES = Buffer.from('failures:');

const COUNT = dailyStatement(
  'challenge-count-attempt',
  (onDay) => `
        WITH counted AS (
          UPDATE challenge c SET attempts_used = c.attempts_used + 1,
            exhausted_at = CASE WHEN c.attempts_used + 1 = c.attempts_max THEN clock_timestamp() END
          WHERE c.tenant_id = $1 AND c.id = $2 ${onDay('c.id')} AND c.state = 'ISSUED' AND c.attempts_used < c.attempts_max
            AND c.expires_at > clock_timestamp() AND NOT (c.superseded_macs && $3::bytea[])
          RETURNING ${CHALLENGE_COLUMNS}, c.answer_key_id, c.answer_mac, c.recipient_index, c.recipient_indexes, c.index_key_id,
            clock_timestamp() AS now
        ), failed AS (
          INSERT INTO limit_counter AS f (tenant_id, key, count, window_ends_at, undecided_since, key_id)
          SELECT $1, $4::bytea || recipient_index, 1, clock_timestamp() + make_interval(secs => $5), clock_timestamp(), index_key_id
          FROM counted WHERE recipient_index IS NOT NULL AND recipient_indexes IS NULL AND now < expires_at
          ${onEarlierFailures('clock_timestamp()', '$6')}
        )
        SELECT counted.*, (SELECT count FROM failed) AS failures FROM counted`,
);

const UNCOUNT = dailyStatement(
  'challenge-uncount-attempt',
  (onDay) => `UPDATE challenge SET attempts_used = attempts_used - 1, exhausted_at = NULL
    WHERE tenant_id = $1 AND id = $2 ${onDay('id')}`,
);

const IS_SUPERSEDED = dailyStatement(
  'challenge-superseded',
  (onDay) => `SELECT superseded_macs && $3::bytea[] AS superseded FROM challenge
    WHERE tenant_id = $1 AND id = $2 ${onDay('id')}`,
);

@Injectable()
export class SqlAttemptCounter extends AttemptCounter {
  async count(
    tx: Transaction,
    id: string,
    limit: FailureLimit,
    earlier: readonly Buffer[],
  ): Promise<AttemptCount> {
    const [row] = await tx.rows<CountedRow>(
      COUNT(id, [tx.tenant, id, earlier, FAILURES, limit.windowSeconds, limit.max]),
    );
    if (!row) return { outcome: 'refused' };
    // The clock of RETURNING is from after a wait for the row; the one in the condition may not be.
    if (row.now >= row.expires_at) {
      this.uncount(tx, row);
      return { outcome: 'refused' };
    }
    const recipientIndexes = row.recipient_indexes ?? (row.recipient_index ? [row.recipient_index] : []);
    const number = row.recipient_indexes
      ? await this.failUnderEveryKey(tx, recipientIndexes, row.index_key_id, limit)
      : row.failures;
    if (recipientIndexes.length > 0 && number === null) return this.blocked(tx, row, recipientIndexes);
    return {
      outcome: 'counted',
      attempt: {
        challenge: challengeOf(row),
        kept: { keyId: row.answer_key_id, mac: row.answer_mac },
        failure: number === null ? null : { recipientIndexes, number },
      },
    };
  }

  async isSuperseded(tx: Transaction, id: string, answers: readonly Buffer[]): Promise<boolean> {
    const [row] = await tx.rows<{ superseded: boolean }>(IS_SUPERSEDED(id, [tx.tenant, id, answers]));
    return row?.superseded ?? false;
  }

  confirm(tx: Transaction, { recipientIndexes, number }: CountedFailure): void {
    for (const index of recipientIndexes) {
      tx.run({
        name: 'failure-confirm',
        // A newer failure answers for itself.
        text: `UPDATE limit_counter SET undecided_since = NULL
          WHERE tenant_id = $1 AND key = $2::bytea || $3::bytea AND count = $4`,
        values: [tx.tenant, FAILURES, index, number],
      });
    }
  }

  forget(tx: Transaction, { recipientIndexes }: CountedFailure): void {
    for (const index of recipientIndexes) {
      tx.run({
        name: 'failures-forget',
        text: 'DELETE FROM limit_counter WHERE tenant_id = $1 AND key = $2::bytea || $3::bytea',
        values: [tx.tenant, FAILURES, index],
      });
    }
  }

  /** The number of the failure, the same under every key; null when the recipient has to wait. The challenge is held. */
  private async failUnderEveryKey(
    tx: Transaction,
    recipientIndexes: readonly Buffer[],
    keyId: string | null,
    limit: FailureLimit,
  ): Promise<number | null> {
    const keys = failureKeys(recipientIndexes);
    const [, [row]] = await Promise.all([
      alignCounters(tx, [{ keys }], keyId),
      tx.rows<{ count: number }>({
        name: 'failures-count-held',
        // The time is asked once, so that what becomes of one row becomes of all.
        text: `INSERT INTO limit_counter AS f (tenant_id, key, count, window_ends_at, undecided_since, key_id)
          SELECT $1, key, 1, (SELECT clock_timestamp()) + make_interval(secs => $3), (SELECT clock_timestamp()), $5
          FROM unnest($2::bytea[]) key
          ${onEarlierFailures('excluded.undecided_since', '$4')}`,
        values: [tx.tenant, keys, limit.windowSeconds, limit.max, keyId],
      }),
    ]);
    return row?.count ?? null;
  }

  /** Nothing is going to be compared: the attempt is given back before anybody could see it. */
  private uncount(tx: Transaction, { id }: CountedRow): void {
    tx.run(UNCOUNT(id, [tx.tenant, id]));
  }

  private async blocked(
    tx: Transaction,
    row: CountedRow,
    recipientIndexes: readonly Buffer[],
  ): Promise<AttemptCount> {
    this.uncount(tx, row);
    tx.run(NOT_AWAITING_DISK);
    const [wait] = await tx.rows<{ seconds: number; undecided: boolean }>({
      name: 'failures-blocked-for',
      text: `SELECT ceil(extract(epoch FROM blocked_until - clock_timestamp()))::int AS seconds,
          coalesce(undecided_since > clock_timestamp() - make_interval(secs => $4), false) AS undecided
        FROM limit_counter WHERE tenant_id = $1 AND key = $2::bytea || $3::bytea`,
      values: [tx.tenant, FAILURES, recipientIndexes[0], SETTLING_SECONDS],
    });
    return wait && !wait.undecided
      ? { outcome: 'blocked', retryAfterSeconds: Math.max(1, wait.seconds) }
      : { outcome: 'undecided', challenge: challengeOf(row) };
  }
}

/** The keys of the counters of a recipient's failures. */
export function failureKeys(recipientIndexes: readonly Buffer[]): readonly Buffer[] {
  return recipientIndexes.map((index) => Buffer.concat([FAILURES, index]));
}

/** What one more failure makes of a row that is there, at the time that `clock` tells; nothing while its recipient waits. */
function onEarlierFailures(clock: string, max: string): string {
  return `ON CONFLICT (tenant_id, key) DO UPDATE SET
      count = CASE WHEN f.window_ends_at > ${clock} THEN f.count ELSE 0 END + 1,
      window_ends_at = CASE WHEN f.window_ends_at > ${clock} THEN f.window_ends_at ELSE excluded.window_ends_at END,
      blocked_until = CASE
        WHEN f.window_ends_at <= ${clock} THEN NULL
        WHEN f.count + 1 >= ${max} THEN f.window_ends_at
        WHEN f.count >= ${FREE_FAILURES} THEN ${clock} + make_interval(
          secs => least(${FIRST_WAIT_SECONDS} * 2 ^ least(f.count - ${FREE_FAILURES}, 20), ${LONGEST_WAIT_SECONDS}))
      END,
      undecided_since = excluded.undecided_since,
      key_id = excluded.key_id
    WHERE f.blocked_until IS NULL OR f.blocked_until <= ${clock}
    RETURNING f.count`;
}
