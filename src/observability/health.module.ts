import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Readiness } from './readiness.js';

/** Whether the process is ready, by @nestjs/terminus. */
@Module({})
export class HealthModule {
  /** After SIGTERM, the process says for so long that it leaves and goes on answering, in milliseconds. */
  static leavingFor(gracefulShutdownTimeoutMs: number): DynamicModule {
    const terminus = TerminusModule.forRoot({ gracefulShutdownTimeoutMs, logger: false });
    return {
      module: HealthModule,
      global: true,
      imports: [terminus],
      providers: [Readiness],
      exports: [Readiness, terminus],
    };
  }
}
