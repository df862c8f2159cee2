import { deserialize, serialize } from 'node:v8';
import { Injectable } from '@nestjs/common';
import { KeyRing } from '../../keys/key-ring.js';
import type { SealedColumn } from '../../keys/sealed-column.js';
import { AppError } from '../../shared/app-error.js';
import type { Transaction } from '../../shared/transactor.js';
import { type IdempotentRequest, IdempotencyStore } from '../application/idempotency-store.js';
import type { Decision } from '../domain/decision.js';

interface KeyRow {
  readonly request_digest: Buffer;
  readonly outcome_sealed: Buffer | null;
  readonly running: boolean;
}

/** What is sealed: an outcome with the digest of its request, so that a rotation seals both again. */
interface Kept {
  readonly digest: Buffer;
  readonly outcome: unknown;
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
        values: [`${tx.tenant} ${request.key}`],
      }),
      tx.rows<KeyRow>({
        name: 'idempotency-find',
        text: `SELECT request_digest, outcome_sealed, coalesce(running_until > clock_timestamp(), false) AS running
          FROM idempotency_key WHERE tenant_id = $1 AND key = $2 AND expires_at > clock_timestamp()`,
        values: [tx.tenant, request.key],
      }),
    ]);
    const kept = row?.outcome_sealed && this.open(tx.tenant, request.key, row.outcome_sealed);
    if (row && !this.isOf(tx.tenant, request, kept?.digest ?? row.request_digest))
      throw new AppError('idempotency-key-reused');
    // An outcome is committed and final: who replays it need not be alone.
    if (kept) return { outcome: kept.outcome };
    if (!lock?.taken || row?.running) throw new AppError('idempotency-in-progress', { retryAfterSeconds: 1 });
    return undefined;
  }

  hold(tx: Transaction, request: IdempotentRequest, holder: string): void {
    this.write(tx, request, null, holder);
  }

  record(tx: Transaction, request: IdempotentRequest, outcome: unknown): void {
    const kept: Kept = { digest: request.digest, outcome };
    this.write(tx, request, this.keys.seal(tx.tenant, rowName(request.key), serialize(kept)), null);
  }

  free(tx: Transaction, request: IdempotentRequest, holder: string): void {
    tx.run({
      name: 'idempotency-free',
      // A commit whose reply was lost may have recorded the outcome: that stays. So does what a repeat took since.
      text: 'DELETE FROM idempotency_key WHERE tenant_id = $1 AND key = $2 AND held_by = $3',
      values: [tx.tenant, request.key, holder],
    });
  }

  private write(
    tx: Transaction,
    request: IdempotentRequest,
    sealed: Buffer | null,
    holder: string | null,
  ): void {
    tx.run({
      name: 'idempotency-write',
      text: `INSERT INTO idempotency_key (tenant_id, key, request_digest, outcome_sealed, running_until, expires_at, held_by)
        VALUES ($1, $2, $3, $4, CASE WHEN $4::bytea IS NULL THEN clock_timestamp() + make_interval(secs => $5) END,
          clock_timestamp() + make_interval(secs => $6), $7)
        ON CONFLICT (tenant_id, key) DO UPDATE SET request_digest = excluded.request_digest,
          outcome_sealed = excluded.outcome_sealed, running_until = excluded.running_until, expires_at = excluded.expires_at,
          held_by = excluded.held_by`,
      values: [
        tx.tenant,
        request.key,
        this.mac(tx.tenant, request),
        sealed,
        RUNNING_SECONDS,
        KEPT_SECONDS,
        holder,
      ],
    });
  }

  /** In rows of an earlier version, at most 24 h old, the outcome is sealed by itself, and the plain digest is beside it. */
  private open(tenant: string, key: string, sealed: Buffer): Partial<Kept> & Pick<Kept, 'outcome'> {
    const opened = deserialize(this.keys.open(tenant, rowName(key), sealed)) as Kept | Decision<unknown>;
    return 'digest' in opened ? opened : { outcome: opened };
  }

  /** Whether the digest is the request's, as it is sealed or, keyed by any key of the ring, as it is stored. */
  private isOf(tenant: string, request: IdempotentRequest, digest: Buffer): boolean {
    return (
      digest.equals(request.digest) ||
      this.keys.keyIds.some((keyId) => digest.equals(this.mac(tenant, request, keyId)))
    );
  }

  private mac(tenant: string, { key, digest }: IdempotentRequest, keyId?: string): Buffer {
    return this.keys.mac(tenant, 'request', [key, digest], keyId);
  }
}

function rowName(key: string): string {
  return `idempotency:${key}`;
}

export const SEALED_OUTCOMES: SealedColumn = {
  subject: 'outcomes',
  table: 'idempotency_key',
  column: 'outcome_sealed',
  name: { column: 'key', type: 'text' },
  listing: 'outcomes_sealed_otherwise',
  rowId: rowName,
};
