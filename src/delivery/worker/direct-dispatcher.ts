import type { Claim } from '../application/delivery-store.js';
import type { DeliveryWork } from '../application/delivery-work.js';
import { Dispatcher } from '../application/dispatcher.js';

/** Delivers claims in this process. */
export class DirectDispatcher extends Dispatcher {
  readonly mode = 'direct';

  constructor(private readonly work: DeliveryWork) {
    super();
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  room(): Promise<number> {
    return Promise.resolve(this.work.room);
  }

  dispatch(claims: readonly Claim[]): Promise<void> {
    this.work.take(claims);
    return Promise.resolve();
  }

  async stop(drainMs: number): Promise<void> {
    await this.work.drain(drainMs);
  }
}
