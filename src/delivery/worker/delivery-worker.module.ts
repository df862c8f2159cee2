import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigReadModule } from '../../config/config-read.module.js';
import { WorkerEnvironment } from '../../environment/environment.js';
import { BeginAttempt } from '../application/begin-attempt.js';
import { CarryOut } from '../application/carry-out.js';
import { Channels } from '../application/channels.js';
import { ClaimLedger } from '../application/claim-ledger.js';
import { ConcludeAttempt } from '../application/conclude-attempt.js';
import { Deliver } from '../application/deliver.js';
import { DeliveryStore } from '../application/delivery-store.js';
import { DeliveryWork } from '../application/delivery-work.js';
import { Dispatcher } from '../application/dispatcher.js';
import { Pulse } from '../application/pulse.js';
import { Relay } from '../application/relay.js';
import { ReleaseClaims } from '../application/release-claims.js';
import { Routing } from '../application/routing.js';
import { SharedTransactions } from '../application/shared-transactions.js';
import { createChannels } from '../channels/create-channels.js';
import { SqlDeliveryStore } from '../persistence/sql-delivery-store.js';
import { SqlRouting } from '../persistence/sql-routing.js';
import { BULL_DISPATCHER } from '../queue/bull-providers.js';
import { QueuePage } from '../queue/queue-page.js';
import { QueueModule } from '../queue/queue.module.js';
import { DeliveryProcess } from './delivery-process.js';
import { DIRECT_DISPATCHER } from './direct-providers.js';
import { MAINTENANCE } from './maintenance.js';
import { WorkerHealth } from './worker-health.js';
import { WorkerMetrics } from './worker-metrics.js';

/**
 * The worker's half of delivery: relay, processor, channels, and Bull where there is a Redis. It asks its importer
 * for a module that exports `TemplateSource`.
 */
@Module({})
export class DeliveryWorkerModule implements OnApplicationShutdown {
  constructor(@Inject(Channels) private readonly channels: Channels) {}

  static forEnvironment(
    environment: WorkerEnvironment,
    templates: NonNullable<DynamicModule['imports']>[number],
  ): DynamicModule {
    const { redis } = environment;
    return {
      module: DeliveryWorkerModule,
      imports: [ConfigReadModule, templates, ...(redis ? [QueueModule.forRedis(redis)] : [])],
      providers: [
        { provide: Channels, useFactory: createChannels, inject: [WorkerEnvironment] },
        { provide: DeliveryStore, useClass: SqlDeliveryStore },
        { provide: Routing, useClass: SqlRouting },
        redis ? BULL_DISPATCHER : DIRECT_DISPATCHER,
        {
          provide: DeliveryWork,
          useFactory: (deliver: Deliver, ledger: ClaimLedger) =>
            new DeliveryWork(deliver, ledger, environment.workerConcurrency),
          inject: [Deliver, ClaimLedger],
        },
        {
          provide: Relay,
          useFactory: (...parts: [Routing, Dispatcher, ClaimLedger, ReleaseClaims, Pulse]) =>
            new Relay(...parts, environment.workerConcurrency),
          inject: [Routing, Dispatcher, ClaimLedger, ReleaseClaims, Pulse],
        },
        BeginAttempt,
        CarryOut,
        ClaimLedger,
        ConcludeAttempt,
        Deliver,
        DeliveryProcess,
        Pulse,
        ReleaseClaims,
        SharedTransactions,
        WorkerHealth,
        WorkerMetrics,
        ...(redis ? [QueuePage] : []),
        ...MAINTENANCE,
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.channels.close();
  }
}
