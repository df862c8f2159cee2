import { type DynamicModule, Module } from '@nestjs/common';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { ChallengeModule } from './challenge/challenge.module.js';
import { ConfigModule } from './config/config.module.js';
import { CounterDatabaseModule } from './database/counter-database.module.js';
import { DatabaseModule } from './database/database.module.js';
import { ROWS } from './rows.js';
import { EnvironmentModule } from './environment/environment.module.js';
import type { ApiEnvironment } from './environment/environment.js';
import { HttpModule } from './http/http.module.js';
import type { PublicUrl } from './http/public-url.js';
import { KeysModule } from './keys/keys.module.js';
import { PolicyModule } from './policy/policy.module.js';

/** The HTTP process: every controller, no processor. */
@Module({})
export class ApiModule {
  static forRoot(environment: ApiEnvironment, publicUrl: PublicUrl): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        EnvironmentModule.forApi(environment),
        DatabaseModule.forRoot({
          url: environment.databaseUrl,
          poolSize: environment.databasePoolSize,
          applicationName: 'acs-api',
          entities: ROWS,
        }),
        CounterDatabaseModule.forRoot({ url: environment.databaseUrl, applicationName: 'acs-api-counters' }),
        KeysModule.forRoot(environment.secretKeys),
        AuditModule,
        AuthModule,
        HttpModule.forRoot(publicUrl),
        ChallengeModule,
        PolicyModule,
        ConfigModule,
      ],
    };
  }
}
