import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntitySchema } from 'typeorm';
import { Transactor } from '../shared/transactor.js';
import { openDataSource } from './data-source.js';
import { PgTransactor } from './pg-transactor.js';
import { ProcessDataSource } from './process-data-source.js';
import { assertSafeRole, type ProcessName } from './safe-role.js';

export interface DatabaseSettings {
  /** Whose role it must be. */
  readonly process: ProcessName;
  readonly url: string;
  readonly poolSize: number;
  readonly applicationName: string;
  readonly entities: readonly ((new () => object) | EntitySchema)[];
}

/** The process's PostgreSQL: one pool, one transactor. The start fails on a role that is not the process's own, or that row-level security does not bind. */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  static forRoot(settings: DatabaseSettings): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        { provide: ProcessDataSource, useFactory: () => connect(settings) },
        { provide: DataSource, useExisting: ProcessDataSource },
        { provide: Transactor, useClass: PgTransactor },
      ],
      exports: [DataSource, Transactor],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}

async function connect(settings: DatabaseSettings): Promise<ProcessDataSource> {
  const dataSource = await openDataSource(settings);
  await assertSafeRole(dataSource, settings.process);
  return dataSource;
}
