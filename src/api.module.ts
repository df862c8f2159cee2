import { type DynamicModule, Module } from '@nestjs/common';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { ChallengeModule } from './challenge/challenge.module.js';
import { ConfigModule } from './config/config.module.js';
import { CounterDatabaseModule } from './database/counter-database.module.js';
import { DatabaseModule } from './database/database.module.js';
import { ReceiptsModule } from './delivery/receipts.module.js';
import { ROWS } from './rows.js';
import { EnvironmentModule } from './environment/environment.module.js';
import type { ApiEnvironment } from './environment/environment.js';
import { countersUrlOf } from './environment/pgbouncer.js';
import { HttpModule } from './http/http.module.js';
import type { PublicUrl } from './http/public-url.js';
import { KeysModule } from './keys/keys.module.js';
import { HealthModule } from './observability/health.module.js';
import { OperatorModule } from './observability/operator.module.js';
import { TracesModule } from './observability/traces.module.js';
import { PolicyModule } from './policy/policy.module.js';

/** In milliseconds: how long load balancers have to see that a process leaves, before it takes no more connections. */
const LEAVING_MS = 5_000;

/** The HTTP process: every controller, no processor. */
@Module({})
export class ApiModule {
  static forRoot(environment: ApiEnvironment, publicUrl: PublicUrl): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        EnvironmentModule.forApi(environment),
        DatabaseModule.forRoot({
          process: 'API',
          url: environment.databaseUrl,
          poolSize: environment.databasePoolSize,
          applicationName: 'acs-api',
          entities: ROWS,
        }),
        CounterDatabaseModule.forRoot({
          url: countersUrlOf(environment.databaseUrl),
          applicationName: 'acs-api-counters',
        }),
        KeysModule.forRoot(environment.secretKeys),
        OperatorModule.forAddress(environment.metrics),
        HealthModule.leavingFor(environment.production ? LEAVING_MS : 0),
        TracesModule,
        AuditModule,
        AuthModule.forRoot(publicUrl),
        HttpModule.forRoot(publicUrl),
        ChallengeModule,
        PolicyModule,
        ConfigModule,
        ...ReceiptsModule.forProviders(environment.receiptProviders),
      ],
    };
  }
}
