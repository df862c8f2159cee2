import { type DynamicModule, Module } from '@nestjs/common';
import { AuditModule } from './audit/audit.module.js';
import { ChallengeSweeperModule } from './challenge/challenge-sweeper.module.js';
import { DatabaseModule } from './database/database.module.js';
import { ROWS } from './rows.js';
import { DeliveryWorkerModule } from './delivery/worker/delivery-worker.module.js';
import { EnvironmentModule } from './environment/environment.module.js';
import type { WorkerEnvironment } from './environment/environment.js';
import { KeysModule } from './keys/keys.module.js';
import { HealthModule } from './observability/health.module.js';
import { OperatorModule } from './observability/operator.module.js';
import { TracesModule } from './observability/traces.module.js';
import { PolicyReadModule } from './policy/policy-read.module.js';

/** The worker process: every processor, no controller. */
@Module({})
export class WorkerModule {
  static forRoot(environment: WorkerEnvironment): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        EnvironmentModule.forWorker(environment),
        DatabaseModule.forRoot({
          process: 'worker',
          url: environment.databaseUrl,
          poolSize: environment.databasePoolSize,
          applicationName: 'acs-worker',
          entities: ROWS,
        }),
        KeysModule.forRoot(environment.secretKeys),
        OperatorModule.forAddress(environment.metrics),
        HealthModule.leavingFor(0),
        TracesModule,
        AuditModule,
        ChallengeSweeperModule,
        DeliveryWorkerModule.forEnvironment(environment, PolicyReadModule),
      ],
    };
  }
}
