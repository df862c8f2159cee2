import { Logger, type Provider } from '@nestjs/common';
import { DeliveryWork } from '../application/delivery-work.js';
import { Dispatcher } from '../application/dispatcher.js';
import { DirectDispatcher } from './direct-dispatcher.js';

/** Delivery without Bull: the same states and the same processor, in this process alone. */
export const DIRECT_DISPATCHER: Provider = {
  provide: Dispatcher,
  inject: [DeliveryWork],
  useFactory: (work: DeliveryWork) => {
    new Logger('Delivery').log(
      'REDIS_URL is not set: deliveries go without Bull. Set it to a Redis to share the work among workers by a queue.',
    );
    return new DirectDispatcher(work);
  },
};
