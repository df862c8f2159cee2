import { BullModule, getQueueToken } from '@nestjs/bull';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Queue } from 'bull';
import type { RedisAddress } from '../../environment/environment.js';
import { DELIVERY_QUEUE, type DeliveryJob, deliveryQueueOptions } from './delivery-queue.js';
import { RedisConnections } from './redis-connections.js';

/** The Bull queue and its connections. Nothing is consumed here: that is the worker's to start. */
@Module({})
export class QueueModule implements OnApplicationShutdown {
  constructor(
    @Inject(getQueueToken(DELIVERY_QUEUE)) private readonly queue: Queue<DeliveryJob>,
    private readonly connections: RedisConnections,
  ) {}

  static forRedis(address: RedisAddress): DynamicModule {
    const connections = new RedisConnections(address);
    const bull = BullModule.registerQueueAsync({
      name: DELIVERY_QUEUE,
      useFactory: () => deliveryQueueOptions(connections),
    });
    return {
      module: QueueModule,
      imports: [bull],
      providers: [{ provide: RedisConnections, useValue: connections }],
      exports: [bull],
    };
  }

  /** Bull leaves connections that it was given open. */
  async onApplicationShutdown(): Promise<void> {
    await this.queue.close(true);
    this.connections.close();
  }
}
