import { getQueueToken } from '@nestjs/bull';
import type { Provider } from '@nestjs/common';
import type { Queue } from 'bull';
import { WorkerEnvironment } from '../../environment/environment.js';
import { ClaimLedger } from '../application/claim-ledger.js';
import { DeliveryWork } from '../application/delivery-work.js';
import { Dispatcher } from '../application/dispatcher.js';
import { Routing } from '../application/routing.js';
import { DirectDispatcher } from '../worker/direct-dispatcher.js';
import { BullConsumer } from './bull-consumer.js';
import { BullDispatcher } from './bull-dispatcher.js';
import { DELIVERY_QUEUE, type DeliveryJob } from './delivery-queue.js';
import { FallbackDispatcher } from './fallback-dispatcher.js';
import { RedisWatch } from './redis-watch.js';

/** Delivery through Bull, and around it while Redis is away. */
export const BULL_DISPATCHER: Provider = {
  provide: Dispatcher,
  inject: [getQueueToken(DELIVERY_QUEUE), DeliveryWork, ClaimLedger, Routing, WorkerEnvironment],
  useFactory: (
    queue: Queue<DeliveryJob>,
    work: DeliveryWork,
    ledger: ClaimLedger,
    routing: Routing,
    { production }: WorkerEnvironment,
  ) => {
    const bull = new BullDispatcher(queue, work);
    const consumer = new BullConsumer(queue, work, ledger, routing);
    return new FallbackDispatcher(
      bull,
      consumer,
      new DirectDispatcher(work),
      new RedisWatch(queue, bull, consumer, production),
    );
  },
};
