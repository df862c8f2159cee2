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
  readonly mode = 'direct';
  private readonly waiting: Claim[] = [];
  /** The tenants of what is running, one entry each. */
  private readonly running: string[] = [];
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
    return Promise.resolve(
      this.stopped ? 0 : 2 * this.concurrency - this.running.length - this.waiting.length,
    );
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
    while (this.running.length < this.concurrency) {
      const claim = this.next();
      if (!claim) return;
      this.running.push(claim.tenant);
      void this.work.perform(claim).then(() => {
        this.running.splice(this.running.indexOf(claim.tenant), 1);
        this.begin();
        // As soon as nothing waits any more the relay should look again; once for a whole round.
        if (this.waiting.length === 0 && this.running.length === this.concurrency - 1) this.pulse.beat();
      });
    }
  }

  /** The oldest claim of the tenant that has the fewest running: one that fills the room does not hold up another. */
  private next(): Claim | undefined {
    const busy = new Map<string, number>();
    for (const tenant of this.running) busy.set(tenant, (busy.get(tenant) ?? 0) + 1);
    const loads = this.waiting.map(({ tenant }) => busy.get(tenant) ?? 0);
    const [claim] = this.waiting.splice(loads.indexOf(Math.min(...loads)), 1);
    return claim;
  }
}
