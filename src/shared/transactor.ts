import type { EntityManager } from 'typeorm';

/** One SQL statement; a `name` makes it a prepared statement, kept by the connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * An open transaction inside one tenant. Statements go out in order (pipelined): those that do
 * not depend on one another's rows cost one round trip together. Application code passes it on; only
 * persistence uses it.
 */
export abstract class Transaction {
  abstract readonly tenant: string;

  /** Sends a statement and resolves with its rows. */
  abstract rows<Row extends object>(statement: Statement): Promise<Row[]>;

  /** Sends a statement whose rows do not matter, with the next that is waited for; its failure fails the transaction at commit. */
  abstract run(statement: Statement): void;

  /** TypeORM's entity manager on the same connection, for what is read and written seldom. */
  abstract readonly manager: EntityManager;
}

/**
 * Runs work inside one tenant's transaction: row-level security lets it see that tenant's rows alone.
 * Commits when the work resolves, rolls back and rethrows when it rejects. Deadlocks and serialization
 * failures run the work again, so it must have no effect outside the transaction. A database that does not
 * answer is `unavailable`.
 */
export abstract class Transactor {
  abstract inTenant<T>(tenant: string, work: (tx: Transaction) => Promise<T>): Promise<T>;

  /** As `inTenant`, for work that sends all its statements before it waits for any: COMMIT goes out with them. */
  abstract inOneTrip<T>(tenant: string, work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/**
 * Transactions of counters that many requests share. They run on connections of their own, so that a request may
 * wait for one while it holds another, and do not wait for the disk: after a crash of the database a few counts
 * may be missing, and with them what they admitted is never more than a moment's worth.
 */
export abstract class CounterTransactor extends Transactor {}
