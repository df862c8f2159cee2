import { setTimeout as delay } from 'node:timers/promises';
import type { Claim } from '../application/delivery-store.js';
import type { DeliveryWork } from '../application/delivery-work.js';
import { Dispatcher } from '../application/dispatcher.js';
import type { Pulse } from '../application/pulse.js';

const DRAIN_LOOK_MS = 25;

/**
 * Delivers claims in this process, so many at once. As many again may wait: the slowest provider lets go of those
 * before them within a send's time-out, which leaves the waiting ones time within their lease.
 */
export class DirectDispatcher extends Dispatcher {
  private readonly waiting: Claim[] = [];
  private running = 0;
  private stopped = false;

  constructor(
    private readonly work: DeliveryWork,
    private readonly pulse: Pulse,
    private readonly concurrency: number,
  ) {
    super();
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  room(): Promise<number> {
    return Promise.resolve(this.stopped ? 0 : 2 * this.concurrency - this.running - this.waiting.length);
  }

  dispatch(claims: readonly Claim[]): Promise<void> {
    this.waiting.push(...claims);
    this.begin();
    return Promise.resolve();
  }

  async stop(drainMs: number): Promise<void> {
    this.stopped = true;
    const deadline = performance.now() + drainMs;
    while (this.waiting.length > 0 && performance.now() < deadline) await delay(DRAIN_LOOK_MS);
    this.waiting.length = 0;
  }

  private begin(): void {
    while (this.running < this.concurrency) {
      const claim = this.waiting.shift();
      if (!claim) return;
      this.running += 1;
      void this.work.perform(claim).then(() => {
        this.running -= 1;
        this.begin();
        // As soon as nothing waits any more the relay should look again; once for a whole round.
        if (this.waiting.length === 0 && this.running === this.concurrency - 1) this.pulse.beat();
      });
    }
  }
}
