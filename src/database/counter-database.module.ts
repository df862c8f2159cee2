import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CounterTransactor } from '../shared/transactor.js';
import { openDataSource } from './data-source.js';
import { PgTransactor } from './pg-transactor.js';
import type { ProcessDataSource } from './process-data-source.js';

/** Requests that share a counter go together, so two connections carry them all. */
const POOL_SIZE = 2;
const COUNTER_DATA_SOURCE = Symbol('counter data source');

/** The connections behind `CounterTransactor`. */
@Module({})
export class CounterDatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(COUNTER_DATA_SOURCE) private readonly dataSource: ProcessDataSource) {}

  static forRoot(settings: { readonly url: string; readonly applicationName: string }): DynamicModule {
    return {
      module: CounterDatabaseModule,
      global: true,
      providers: [
        {
          provide: COUNTER_DATA_SOURCE,
          useFactory: () =>
            openDataSource({ ...settings, poolSize: POOL_SIZE, entities: [], durable: false }),
        },
        {
          provide: CounterTransactor,
          inject: [COUNTER_DATA_SOURCE],
          useFactory: (dataSource: ProcessDataSource) => new PgTransactor(dataSource),
        },
      ],
      exports: [CounterTransactor],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}
