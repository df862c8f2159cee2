import type { Transaction } from '../shared/transactor.js';

/** Who did it: a caller's issuer and client, or the worker itself. */
export interface AuditActor {
  readonly issuer: string;
  readonly client: string;
}

/** The worker, where no caller is behind a change. */
export const WORKER_ACTOR: AuditActor = { issuer: 'acs', client: 'worker' };

/** One state change or security decision. `detail` never holds a secret or an unmasked recipient. */
export interface AuditEntry {
  /** `challenge.issued`, `policy.updated`, `answer.rejected`, … */
  readonly event: string;
  readonly actor: AuditActor;
  /** The identifier of what changed: a challenge, a policy; null for the configuration. */
  readonly objectId: string | null;
  readonly reason?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** The append-only record of state changes and security decisions, written in the transaction of the change. */
export abstract class AuditTrail {
  abstract record(tx: Transaction, entry: AuditEntry): void;

  /** As `record`, of several at once. */
  abstract recordAll(tx: Transaction, entries: readonly AuditEntry[]): void;
}
