import type { Transaction } from '../../shared/transactor.js';
import type { Channel } from '../../template/template.js';
import type { AttemptOutcome } from '../domain/conclude.js';
import type { DeliveryStatus } from '../domain/delivery.js';
import type { RetryFacts } from '../domain/retry.js';

/** A delivery as those who look after the service see it: nothing of its message, its recipient masked. */
export interface DeliveryRecord {
  readonly id: string;
  readonly challengeId: string;
  readonly channel: Channel;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly error: string | null;
  readonly recipient: string | null;
  readonly provider: string | null;
  readonly providerMessageId: string | null;
  readonly createdAt: Date;
  readonly sentAt: Date | null;
  readonly endedAt: Date | null;
  /** When it is looked at next; null once nothing is left to do. */
  readonly dueAt: Date | null;
  readonly usefulUntil: Date;
}

export interface AttemptRecord {
  readonly number: number;
  readonly provider: string | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** Null while it is under way. */
  readonly outcome: AttemptOutcome['kind'] | null;
  readonly error: string | null;
}

/** Which deliveries; what is left out excludes none. */
export interface DeliverySelection {
  readonly status?: DeliveryStatus | undefined;
  readonly channel?: Channel | undefined;
  readonly since?: Date | undefined;
}

/** One tenant's deliveries, for those who look after the service. */
export abstract class DeliveryRecords {
  /** The newest of a selection, newest first. */
  abstract list(tx: Transaction, selection: DeliverySelection, limit: number): Promise<DeliveryRecord[]>;
  abstract find(tx: Transaction, id: string): Promise<DeliveryRecord | undefined>;
  /** In the order in which they were begun. */
  abstract attempts(tx: Transaction, id: string): Promise<AttemptRecord[]>;
  /** Locks a delivery and reads what decides about a retry. */
  abstract lockForRetry(tx: Transaction, id: string): Promise<LockedForRetry | undefined>;
  /** Makes a locked delivery due again, with so many attempts in all. */
  abstract reopen(tx: Transaction, id: string, attemptsMax: number): void;
}

export interface LockedForRetry extends RetryFacts {
  readonly challengeId: string;
  readonly channel: Channel;
  readonly error: string | null;
}
