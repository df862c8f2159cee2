import type { Writable } from 'node:stream';
import type { Client, PoolClient, QueryResult } from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';
import { type Statement, Transaction } from '../shared/transactor.js';
import type { ProcessDataSource } from './process-data-source.js';

/** A tenant's transaction on one pooled, pipelined connection. Made, committed and ended by the transactor. */
export class PgTransaction extends Transaction {
  /** What is to be run before the next rows or the commit, and leaves with them. */
  private later: Statement[] = [];
  /** What was sent and not awaited by the work; the commit waits for all of it. */
  private readonly unawaited: Promise<unknown>[] = [];
  /** The first of these that failed: nothing behind it was done. */
  private failure: unknown;
  private readonly stream: Writable;
  private readonly prepares: boolean;
  private isHeld = false;
  private isOver = false;

  constructor(
    readonly tenant: string,
    private readonly runner: QueryRunner,
    private readonly client: PoolClient,
    { opening, prepares }: Pick<ProcessDataSource, 'opening' | 'prepares'>,
  ) {
    super();
    this.stream = (client as unknown as Client).connection.stream;
    this.prepares = prepares;
    this.send({ text: 'BEGIN', values: [] });
    this.send(opening(tenant));
  }

  get manager(): EntityManager {
    this.sendLater();
    return this.runner.manager;
  }

  async rows<Row extends object>(statement: Statement): Promise<Row[]> {
    this.refuseAfterCommit();
    this.sendLater();
    try {
      const result = await this.query<Row>(statement);
      return result.rows;
    } catch (error) {
      // PostgreSQL says of everything behind a failure no more than that the transaction is aborted.
      throw this.failure ?? error;
    }
  }

  run(statement: Statement): void {
    this.refuseAfterCommit();
    this.later.push(statement);
  }

  /** Sends COMMIT behind everything else and settles when all of it has; throws the first failure. */
  async commit(): Promise<void> {
    this.sendLater();
    const commit = this.query({ text: 'COMMIT', values: [] });
    this.isOver = true;
    commit.catch(() => undefined); // awaited below, after what was sent before it
    await Promise.all(this.unawaited);
    const { command } = await commit;
    // PostgreSQL answers COMMIT in a failed transaction with ROLLBACK, not with an error.
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back instead of committed');
  }

  /** Ends the transaction without effect; a connection that cannot is not used again. */
  async rollback(): Promise<void> {
    this.isOver = true;
    this.later = [];
    await Promise.allSettled(this.unawaited);
    await this.query({ text: 'ROLLBACK', values: [] });
  }

  /** A statement behind COMMIT would run outside any tenant. */
  private refuseAfterCommit(): void {
    if (this.isOver) throw new Error('The transaction was committed before this statement');
  }

  private sendLater(): void {
    for (const statement of this.later) this.send(statement);
    this.later = [];
  }

  private send(statement: Statement): void {
    const sent = this.query(statement);
    // It surfaces at commit, or with the next rows that are waited for.
    sent.catch((failure: unknown) => {
      this.failure ??= failure;
    });
    this.unawaited.push(sent);
  }

  private query<Row extends object>({ name, text, values }: Statement): Promise<QueryResult<Row>> {
    this.hold();
    const named = this.prepares && name !== undefined ? { name } : {};
    return this.client.query<Row>({ ...named, text, values: [...values] });
  }

  /** What is sent in one turn of the event loop leaves in one write: each costs both sides a system call and a wake-up. */
  private hold(): void {
    if (this.isHeld) return;
    this.isHeld = true;
    this.stream.cork();
    process.nextTick(() => {
      this.isHeld = false;
      this.stream.uncork();
    });
  }
}
