import { type DynamicModule, Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { ProblemsController } from './problems.controller.js';
import { PublicUrl } from './public-url.js';

/** What every route shares: problem documents and their pages, and health. */
@Module({})
export class HttpModule {
  static forRoot(publicUrl: PublicUrl): DynamicModule {
    return {
      module: HttpModule,
      controllers: [HealthController, ProblemsController],
      providers: [{ provide: PublicUrl, useValue: publicUrl }],
      exports: [PublicUrl],
    };
  }
}
