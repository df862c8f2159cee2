import type { Transaction } from '../../shared/transactor.js';

interface Removed {
  readonly challenges: number;
  readonly deliveries: number;
  readonly attempts: number;
}

/** Those among a page of the tenant's challenges that are the recipient's, and where the page ends; null past the end. */
export interface RecipientPage {
  readonly ids: readonly string[];
  readonly last: string | null;
}

/** The rows that know a recipient by index, and what hangs on them. */
export class RecipientRows {
  /** Open challenges, the oldest first. */
  async open(tx: Transaction, indexes: readonly Buffer[]): Promise<readonly string[]> {
    const rows = await tx.rows<{ id: string }>({
      text: `SELECT id FROM challenge
        WHERE tenant_id = $1 AND recipient_index = ANY($2::bytea[]) AND deadline_at > clock_timestamp()`,
      values: [tx.tenant, indexes],
    });
    return rows.map(({ id }) => id).sort();
  }

  async page(
    tx: Transaction,
    indexes: readonly Buffer[],
    after: string | null,
    size: number,
  ): Promise<RecipientPage> {
    const [row] = await tx.rows<{ ids: readonly string[] | null; last: string | null }>({
      text: `SELECT array_agg(id::text) FILTER (WHERE recipient_index = ANY($2::bytea[])) AS ids,
          (array_agg(id::text ORDER BY id DESC))[1] AS last
        FROM (SELECT id, recipient_index FROM challenge
          WHERE tenant_id = $1 AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4) page`,
      values: [tx.tenant, indexes, after, size],
    });
    return { ids: row?.ids ?? [], last: row?.last ?? null };
  }

  /** A delivery is made while its challenge is open, so its identifier lies between that challenge's times, by the clock of the host that made it: give or take a day. */
  async remove(tx: Transaction, ids: readonly string[]): Promise<Removed> {
    const [row] = await tx.rows<Removed>({
      text: `WITH gone AS (
          DELETE FROM challenge WHERE tenant_id = $1 AND id = ANY($2::uuid[])
          RETURNING id, created_at, coalesce(ended_at, complete_before, expires_at) AS ended_at
        ), messages AS (
          DELETE FROM delivery d USING gone WHERE d.tenant_id = $1 AND d.challenge_id = gone.id
            AND d.id >= uuid_floor(gone.created_at - interval '1 day')
            AND d.id < uuid_floor(gone.ended_at + interval '1 day')
          RETURNING d.id
        ), tries AS (
          DELETE FROM delivery_attempt a USING messages WHERE a.tenant_id = $1 AND a.delivery_id = messages.id RETURNING 1
        )
        SELECT (SELECT count(*)::int FROM gone) AS challenges, (SELECT count(*)::int FROM messages) AS deliveries,
          (SELECT count(*)::int FROM tries) AS attempts`,
      values: [tx.tenant, ids],
    });
    if (!row) throw new Error('A count always has a row');
    return row;
  }

  async removeCounters(tx: Transaction, keys: readonly Buffer[]): Promise<number> {
    const rows = await tx.rows({
      text: 'DELETE FROM limit_counter WHERE tenant_id = $1 AND key = ANY($2::bytea[]) RETURNING 1',
      values: [tx.tenant, keys],
    });
    return rows.length;
  }

  /** The windows of every limit per recipient that a version of a policy has or had. */
  async policyWindows(
    tx: Transaction,
  ): Promise<readonly { readonly policyId: string; readonly windowSeconds: number }[]> {
    return tx.rows({
      text: `SELECT DISTINCT v.policy_id AS "policyId", (item ->> 'windowSeconds')::int AS "windowSeconds"
        FROM policy_version v, jsonb_array_elements(v.conditions -> 'limits') item
        WHERE v.tenant_id = $1 AND item ->> 'per' = 'RECIPIENT'`,
      values: [tx.tenant],
    });
  }

  /** Until when failed answers of the recipient are remembered; null when there are none. */
  async failuresUntil(tx: Transaction, keys: readonly Buffer[]): Promise<Date | null> {
    const [row] = await tx.rows<{ until: Date | null }>({
      text: `SELECT max(greatest(window_ends_at, blocked_until)) AS until FROM limit_counter
        WHERE tenant_id = $1 AND key = ANY($2::bytea[]) AND greatest(window_ends_at, blocked_until) > clock_timestamp()`,
      values: [tx.tenant, keys],
    });
    return row?.until ?? null;
  }
}
