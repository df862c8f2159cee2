import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { Public } from '../auth/require-scopes.js';
import { AppError } from '../shared/app-error.js';

@Public()
@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(private readonly dataSource: DataSource) {}

  /** The process runs. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can answer: its one dependency, PostgreSQL, does. */
  @Get('ready')
  async ready(): Promise<{ status: 'ok' }> {
    try {
      await this.dataSource.query('SELECT 1');
    } catch (cause) {
      throw new AppError('unavailable', {
        detail: 'The database does not answer.',
        retryAfterSeconds: 1,
        cause,
      });
    }
    return { status: 'ok' };
  }
}
