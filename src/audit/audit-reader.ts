import type { Transaction } from '../shared/transactor.js';

/** One row of the audit trail. */
export interface AuditRecord {
  /** A UUIDv7: rows sort by it as they were written, to within the clocks of the processes that wrote them. */
  readonly id: string;
  /** When it was written, as the database tells the time. */
  readonly at: Date;
  readonly event: string;
  readonly issuer: string;
  readonly client: string;
  readonly objectId: string | null;
  readonly reason: string | null;
  readonly detail: unknown;
}

/** Which rows; what is left out excludes none. */
export interface AuditSelection {
  /** Rows with a greater identifier. */
  readonly after?: string | undefined;
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly until?: Date | undefined;
  readonly objectId?: string | undefined;
  readonly eventPrefix?: string | undefined;
}

/** The audit trail of one tenant, for those who look into it. */
export abstract class AuditReader {
  /** The oldest rows of a selection, at most `limit`, by identifier. */
  abstract page(tx: Transaction, selection: AuditSelection, limit: number): Promise<AuditRecord[]>;
  /** The database's own time, by which rows are dated. */
  abstract now(tx: Transaction): Promise<Date>;
}
