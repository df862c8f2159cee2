import { DataSource, type DataSourceOptions, type ObjectLiteral, type QueryRunner } from 'typeorm';
import type { Statement } from '../shared/transactor.js';
import { asLocalStatement, openingOf, type SessionSettings } from './session-settings.js';

/** How what a process sends has to look, which depends on what is between it and PostgreSQL. */
export interface Wire {
  /** What each transaction has to set for itself, because its session belongs to others too; nothing is the rule. */
  readonly perTransaction: SessionSettings | undefined;
  /** Whether the statements of a connection can be prepared once and run by name. */
  readonly prepares: boolean;
}

/** A process's connections, and how its transactions begin on them. */
export class ProcessDataSource extends DataSource {
  readonly prepares: boolean;
  /** The first statement of a tenant's transaction. */
  readonly opening: (tenant: string) => Statement;
  private readonly perTransaction: SessionSettings | undefined;

  constructor(options: DataSourceOptions, { perTransaction, prepares }: Wire) {
    super(options);
    this.prepares = prepares;
    this.perTransaction = perTransaction;
    this.opening = openingOf(perTransaction ?? {});
  }

  /** A single statement; where settings hold per transaction, it gets one, so that they hold for it as well. */
  override query<T = unknown>(
    text: string,
    values?: unknown[] | ObjectLiteral,
    runner?: QueryRunner,
  ): Promise<T> {
    const { perTransaction } = this;
    if (!perTransaction || runner) return super.query<T>(text, values, runner);
    return this.transaction(async ({ queryRunner }) => {
      await super.query(asLocalStatement(perTransaction), [], queryRunner);
      return super.query<T>(text, values, queryRunner);
    });
  }
}
