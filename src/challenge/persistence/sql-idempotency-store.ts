import { deserialize, serialize } from 'node:v8';
import { Injectable } from '@nestjs/common';
import { KeyRing } from '../../keys/key-ring.js';
import { AppError } from '../../shared/app-error.js';
import type { Transaction } from '../../shared/transactor.js';
import { type IdempotentRequest, IdempotencyStore } from '../application/idempotency-store.js';

interface KeyRow {
  readonly request_digest: Buffer;
  readonly outcome_sealed: Buffer | null;
  readonly running: boolean;
}

const KEPT_SECONDS = 24 * 3_600;
/** A request ends or is cut off within this time; after it, a key that is still held belongs to a dead process. */
const RUNNING_SECONDS = 20;

@Injectable()
export class SqlIdempotencyStore extends IdempotencyStore {
  constructor(private readonly keys: KeyRing) {
    super();
  }

  async claim(
    tx: Transaction,
    request: IdempotentRequest,
  ): Promise<{ readonly outcome: unknown } | undefined> {
    // The lock comes first: the row is then read as the transaction that held it before has left it.
    const [[lock], [row]] = await Promise.all([
      tx.rows<{ taken: boolean }>({
        name: 'idempotency-lock',
        text: 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS taken',
        values: [`${tx.tenant}\0${request.key}`.replaceAll('\0', ' ')],
      }),
      tx.rows<KeyRow>({
        name: 'idempotency-find',
        text: `SELECT request_digest, outcome_sealed, coalesce(running_until > clock_timestamp(), false) AS running
          FROM idempotency_key WHERE tenant_id = $1 AND key = $2 AND expires_at > clock_timestamp()`,
        values: [tx.tenant, request.key],
      }),
    ]);
    if (row && !row.request_digest.equals(request.digest)) throw new AppError('idempotency-key-reused');
    // An outcome is committed and final: who replays it need not be alone.
    if (row?.outcome_sealed) {
      const plain = this.keys.open(tx.tenant, rowName(request), row.outcome_sealed);
      return { outcome: deserialize(plain) as unknown };
    }
    if (!lock?.taken || row?.running) throw new AppError('idempotency-in-progress', { retryAfterSeconds: 1 });
    return undefined;
  }

  hold(tx: Transaction, request: IdempotentRequest): void {
    this.write(tx, request, null);
  }

  record(tx: Transaction, request: IdempotentRequest, outcome: unknown): void {
    this.write(tx, request, this.keys.seal(tx.tenant, rowName(request), serialize(outcome)));
  }

  free(tx: Transaction, request: IdempotentRequest): void {
    tx.run({
      name: 'idempotency-free',
      // A commit whose reply was lost may have recorded the outcome: that stays.
      text: 'DELETE FROM idempotency_key WHERE tenant_id = $1 AND key = $2 AND outcome_sealed IS NULL',
      values: [tx.tenant, request.key],
    });
  }

  private write(tx: Transaction, request: IdempotentRequest, sealed: Buffer | null): void {
    tx.run({
      name: 'idempotency-write',
      text: `INSERT INTO idempotency_key (tenant_id, key, request_digest, outcome_sealed, running_until, expires_at)
        VALUES ($1, $2, $3, $4, CASE WHEN $4::bytea IS NULL THEN clock_timestamp() + make_interval(secs => $5) END,
          clock_timestamp() + make_interval(secs => $6))
        ON CONFLICT (tenant_id, key) DO UPDATE SET request_digest = excluded.request_digest,
          outcome_sealed = excluded.outcome_sealed, running_until = excluded.running_until, expires_at = excluded.expires_at`,
      values: [tx.tenant, request.key, request.digest, sealed, RUNNING_SECONDS, KEPT_SECONDS],
    });
  }
}

function rowName(request: IdempotentRequest): string {
  return `idempotency:${request.key}`;
}
