import type { Claim } from '../application/delivery-store.js';
import { Dispatcher } from '../application/dispatcher.js';
import type { BullConsumer } from './bull-consumer.js';
import type { BullDispatcher } from './bull-dispatcher.js';
import type { RedisWatch } from './redis-watch.js';

/** Through Bull while it can be relied on, and straight to the processor while it cannot. */
export class FallbackDispatcher extends Dispatcher {
  constructor(
    private readonly bull: BullDispatcher,
    private readonly consumer: BullConsumer,
    private readonly direct: Dispatcher,
    private readonly watch: RedisWatch,
  ) {
    super();
  }

  get mode(): 'bull' | 'direct' {
    return this.watch.isUsable ? 'bull' : 'direct';
  }

  /** A Redis that is away does not keep the worker from starting. */
  async start(): Promise<void> {
    await this.watch.start();
    await Promise.all([this.bull.start(), this.direct.start()]);
    this.consumer.start();
  }

  /** None while Redis does not answer and is not given up yet: what is claimed then would only wait. */
  async room(): Promise<number> {
    if (!this.watch.isUsable) return await this.direct.room();
    return await this.bull.room().catch(() => 0);
  }

  async dispatch(claims: readonly Claim[]): Promise<void> {
    await (this.watch.isUsable ? this.bull : this.direct).dispatch(claims);
  }

  async stop(drainMs: number): Promise<void> {
    await Promise.all([this.watch.stop(), this.bull.stop(), this.direct.stop(drainMs)]);
  }
}
