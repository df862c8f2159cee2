import { HttpException, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import {
  type HealthCheckAttempt,
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorFunction,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { DataSource } from 'typeorm';

const DATABASE_ANSWERS_WITHIN_MS = 2_000;
/** However many ask, the database is asked so often at most. */
const ASK_EVERY_MS = 500;

/** Whether this process can do its work: its one dependency, PostgreSQL, answers, and it has not been told to end. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private readonly log = new Logger('Health');
  private leaving = false;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly dataSource: DataSource,
  ) {}

  /** The first of the hooks of a shutdown: whoever asks is told before anything is given up. */
  onModuleDestroy(): void {
    this.leaving = true;
  }

  /** `ok`, `degraded`, `error` or `shutting_down`, and why; what it says names no host. Never throws for them. */
  async check(others: readonly HealthIndicatorFunction[] = []): Promise<HealthCheckResult> {
    const result = await this.health
      .check([() => this.database(), ...others])
      .catch((refusal: unknown) => resultOf(refusal));
    return this.leaving ? { ...result, status: 'shutting_down' } : result;
  }

  private database(): HealthCheckAttempt {
    const ask = async (): Promise<void> => {
      try {
        await this.dataSource.query('SELECT 1');
      } catch (error) {
        this.log.warn('The database does not answer', error);
        throw new Error('The database does not answer.');
      }
    };
    return this.indicators
      .check('database')
      .attempt(ask)
      .withTimeout(DATABASE_ANSWERS_WITHIN_MS)
      .cacheFor(ASK_EVERY_MS);
  }
}

/** Terminus throws what it found as the body of an answer 503. */
function resultOf(refusal: unknown): HealthCheckResult {
  if (refusal instanceof HttpException) return refusal.getResponse() as HealthCheckResult;
  throw refusal;
}
