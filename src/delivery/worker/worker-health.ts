import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { WorkerEnvironment } from '../../environment/environment.js';
import { OperatorServer } from '../../observability/operator-server.js';
import { Readiness } from '../../observability/readiness.js';
import { Dispatcher } from '../application/dispatcher.js';

/** Tells on the operators' port how the worker is. Without its Redis it is degraded: it delivers all the same. */
@Injectable()
export class WorkerHealth implements OnModuleInit {
  constructor(
    private readonly server: OperatorServer,
    private readonly readiness: Readiness,
    private readonly indicators: HealthIndicatorService,
    private readonly dispatcher: Dispatcher,
    private readonly environment: WorkerEnvironment,
  ) {}

  onModuleInit(): void {
    this.server.tell('/health/live', () => Promise.resolve({ status: 'ok' }));
    this.server.tell('/health/ready', () =>
      this.readiness.check(this.environment.redis ? [() => this.redis()] : []),
    );
  }

  private redis(): HealthIndicatorResult {
    const { mode } = this.dispatcher;
    const redis = this.indicators.check('redis');
    return mode === 'bull' ? redis.up({ mode }) : redis.degraded({ mode });
  }
}
