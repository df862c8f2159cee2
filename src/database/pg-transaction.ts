import type { PoolClient } from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';
import { type Statement, Transaction } from '../shared/transactor.js';

/** A tenant's transaction on one pooled, pipelined connection. Made, committed and ended by the transactor. */
export class PgTransaction extends Transaction {
  /** What was sent and not awaited by the work; the commit waits for all of it. */
  private readonly unawaited: Promise<unknown>[] = [];

  constructor(
    readonly tenant: string,
    private readonly runner: QueryRunner,
    private readonly client: PoolClient,
  ) {
    super();
    this.send({ text: 'BEGIN', values: [] });
    this.send({ name: 'tenant', text: `SELECT set_config('acs.tenant_id', $1, true)`, values: [tenant] });
  }

  get manager(): EntityManager {
    return this.runner.manager;
  }

  async rows<Row extends object>(statement: Statement): Promise<Row[]> {
    const result = await this.client.query<Row>({ ...statement, values: [...statement.values] });
    return result.rows;
  }

  run(statement: Statement): void {
    this.send(statement);
  }

  /** Sends COMMIT behind everything else and settles when all of it has; throws the first failure. */
  async commit(): Promise<void> {
    const commit = this.client.query('COMMIT');
    commit.catch(() => undefined); // awaited below, after what was sent before it
    await Promise.all(this.unawaited);
    const { command } = await commit;
    // PostgreSQL answers COMMIT in a failed transaction with ROLLBACK, not with an error.
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back instead of committed');
  }

  /** Ends the transaction without effect; a connection that cannot is not used again. */
  async rollback(): Promise<void> {
    await Promise.allSettled(this.unawaited);
    await this.client.query('ROLLBACK');
  }

  private send(statement: Statement): void {
    const sent = this.client.query({ ...statement, values: [...statement.values] });
    sent.catch(() => undefined); // its failure surfaces at commit
    this.unawaited.push(sent);
  }
}
