import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ApiEnvironment, ProcessEnvironment, WorkerEnvironment } from './environment.js';

/** Gives the whole process its environment, under the abstract class as the token. */
@Global()
@Module({})
export class EnvironmentModule {
  static forApi(environment: ApiEnvironment): DynamicModule {
    return provide(ApiEnvironment, environment);
  }

  static forWorker(environment: WorkerEnvironment): DynamicModule {
    return provide(WorkerEnvironment, environment);
  }
}

function provide<T extends ProcessEnvironment>(token: abstract new () => T, environment: T): DynamicModule {
  const tokens = [token, ProcessEnvironment];
  return {
    module: EnvironmentModule,
    providers: tokens.map((provided) => ({ provide: provided, useValue: environment })),
    exports: tokens,
  };
}
