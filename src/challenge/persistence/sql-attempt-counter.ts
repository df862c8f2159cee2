import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../shared/transactor.js';
import { AttemptCounter, type AttemptCount, type FailureLimit } from '../application/attempt-counter.js';
import { CHALLENGE_COLUMNS, challengeOf, type ChallengeRow } from './challenge.row.js';

type CountedRow = ChallengeRow & {
  readonly answer_key_id: string;
  readonly answer_mac: Buffer;
  readonly recipient_index: Buffer | null;
  readonly failures: number | null;
  readonly now: Date;
};

/** Failures in a row that cost no wait, and the waits after them: doubling, in seconds. */
const FREE_FAILURES = 4;
const FIRST_WAIT_SECONDS = 30;
const LONGEST_WAIT_SECONDS = 3_600;
/** Sets these counters apart from the limits that share their table; the index itself is keyed. */
const FAILURES = Buffer.from('failures:');

@Injectable()
export class SqlAttemptCounter extends AttemptCounter {
  async count(
    tx: Transaction,
    id: string,
    limit: FailureLimit,
    earlier: readonly Buffer[],
  ): Promise<AttemptCount> {
    const [row] = await tx.rows<CountedRow>({
      name: 'challenge-count-attempt',
      text: `
        WITH counted AS (
          UPDATE challenge c SET attempts_used = c.attempts_used + 1
          WHERE c.tenant_id = $1 AND c.id = $2 AND c.state = 'ISSUED' AND c.attempts_used < c.attempts_max
            AND c.expires_at > clock_timestamp() AND NOT (c.superseded_macs && $3::bytea[])
          RETURNING ${CHALLENGE_COLUMNS}, c.answer_key_id, c.answer_mac, c.recipient_index, clock_timestamp() AS now
        ), failed AS (
          INSERT INTO limit_counter AS f (tenant_id, key, count, window_ends_at)
          SELECT $1, $4::bytea || recipient_index, 1, clock_timestamp() + make_interval(secs => $5)
          FROM counted WHERE recipient_index IS NOT NULL
          ON CONFLICT (tenant_id, key) DO UPDATE SET
            count = CASE WHEN f.window_ends_at > clock_timestamp() THEN f.count ELSE 0 END + 1,
            window_ends_at = CASE WHEN f.window_ends_at > clock_timestamp() THEN f.window_ends_at ELSE excluded.window_ends_at END,
            blocked_until = CASE
              WHEN f.window_ends_at <= clock_timestamp() THEN NULL
              WHEN f.count + 1 >= $6 THEN f.window_ends_at
              WHEN f.count + 1 > $7 THEN
                clock_timestamp() + make_interval(secs => least($8 * 2 ^ least(f.count - $7, 20), $9))
            END
          WHERE f.blocked_until IS NULL OR f.blocked_until <= clock_timestamp()
          RETURNING f.count
        )
        SELECT counted.*, (SELECT count FROM failed) AS failures FROM counted`,
      values: [
        tx.tenant,
        id,
        earlier,
        FAILURES,
        limit.windowSeconds,
        limit.max,
        FREE_FAILURES,
        FIRST_WAIT_SECONDS,
        LONGEST_WAIT_SECONDS,
      ],
    });
    // The clock of RETURNING is from after a wait for the row; the one in the condition may not be.
    if (!row || row.now >= row.expires_at) return { outcome: 'refused' };
    if (row.recipient_index !== null && row.failures === null) {
      return { outcome: 'blocked', retryAfterSeconds: await this.blockedFor(tx, row.recipient_index) };
    }
    return {
      outcome: 'counted',
      attempt: {
        challenge: challengeOf(row),
        delivery: null,
        now: row.now,
        kept: { keyId: row.answer_key_id, mac: row.answer_mac },
        recipientIndex: row.recipient_index,
      },
    };
  }

  async isSuperseded(tx: Transaction, id: string, answers: readonly Buffer[]): Promise<boolean> {
    const [row] = await tx.rows<{ superseded: boolean }>({
      name: 'challenge-superseded',
      text: 'SELECT superseded_macs && $3::bytea[] AS superseded FROM challenge WHERE tenant_id = $1 AND id = $2',
      values: [tx.tenant, id, answers],
    });
    return row?.superseded ?? false;
  }

  forgetFailures(tx: Transaction, recipientIndex: Buffer): void {
    tx.run({
      name: 'failures-forget',
      text: 'DELETE FROM limit_counter WHERE tenant_id = $1 AND key = $2::bytea || $3::bytea',
      values: [tx.tenant, FAILURES, recipientIndex],
    });
  }

  private async blockedFor(tx: Transaction, recipientIndex: Buffer): Promise<number> {
    const [row] = await tx.rows<{ seconds: number }>({
      name: 'failures-blocked-for',
      text: `SELECT ceil(extract(epoch FROM blocked_until - clock_timestamp()))::int AS seconds
        FROM limit_counter WHERE tenant_id = $1 AND key = $2::bytea || $3::bytea`,
      values: [tx.tenant, FAILURES, recipientIndex],
    });
    return Math.max(1, row?.seconds ?? 1);
  }
}
