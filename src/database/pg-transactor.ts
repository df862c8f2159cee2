import { Injectable } from '@nestjs/common';
import type { Client, PoolClient } from 'pg';
import { AppError } from '../shared/app-error.js';
import { type Transaction, Transactor } from '../shared/transactor.js';
import { isDatabaseUnavailable, isWorthRepeating } from './database-errors.js';
import { PgTransaction } from './pg-transaction.js';
import { ProcessDataSource } from './process-data-source.js';

const TRIES = 3;

@Injectable()
export class PgTransactor extends Transactor {
  constructor(private readonly dataSource: ProcessDataSource) {
    super();
  }

  inTenant<T>(tenant: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.repeatedly(tenant, async (tx) => {
      const result = await work(tx);
      await tx.commit();
      return result;
    });
  }

  inOneTrip<T>(tenant: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.repeatedly(tenant, async (tx) => {
      const working = work(tx);
      const [result] = await Promise.all([working, tx.commit()]);
      return result;
    });
  }

  private async repeatedly<T>(tenant: string, work: (tx: PgTransaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.once(tenant, work);
      } catch (error) {
        if (isWorthRepeating(error) && attempt < TRIES) continue;
        if (isDatabaseUnavailable(error) || isWorthRepeating(error)) {
          throw new AppError('unavailable', { retryAfterSeconds: 1, cause: error });
        }
        throw error;
      }
    }
  }

  private async once<T>(tenant: string, work: (tx: PgTransaction) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const client = (await runner.connect()) as PoolClient;
      const tx = new PgTransaction(tenant, runner, client, this.dataSource);
      try {
        return await work(tx);
      } catch (error) {
        // A connection that cannot even roll back is closed: the pool then drops it.
        await tx.rollback().catch(() => void (client as unknown as Client).end());
        throw error;
      }
    } finally {
      await runner.release();
    }
  }
}
