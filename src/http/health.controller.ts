import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { HealthCheckResult } from '@nestjs/terminus';
import { Public } from '../auth/require-scopes.js';
import { Readiness } from '../observability/readiness.js';
import { AppError } from '../shared/app-error.js';

@Public()
@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The process runs. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can answer: its one dependency, PostgreSQL, does, and it is not about to end. */
  @Get('ready')
  async ready(): Promise<HealthCheckResult> {
    const result = await this.readiness.check();
    if (result.status === 'ok') return result;
    const detail =
      result.status === 'shutting_down' ? 'This process is shutting down.' : 'The database does not answer.';
    throw new AppError('unavailable', { detail, retryAfterSeconds: 1 });
  }
}
