import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { DELIVERY_LIMITS, type DeliveryLimits } from '../domain/limits.js';
import type { ClaimLedger } from './claim-ledger.js';
import type { Deliver, Passage } from './deliver.js';
import type { Claim } from './delivery-store.js';
import { SendPlaces } from './send-places.js';

const DRAIN_LOOK_MS = 25;

/** What this process has to deliver, whichever way the claims came, and is delivering at the moment. */
export class DeliveryWork {
  private readonly log = new Logger('Delivery');
  private readonly waiting: Claim[] = [];
  /** The tenants of what is begun and not handed over, one entry each. */
  private readonly begun: string[] = [];
  private readonly underWay = new Map<Promise<void>, AbortController>();
  private readonly places: SendPlaces;
  private isClosed = false;

  /** So many are sent at once. */
  constructor(
    private readonly deliver: Deliver,
    private readonly ledger: ClaimLedger,
    readonly concurrency: number,
    private readonly limits: DeliveryLimits = DELIVERY_LIMITS,
  ) {
    this.places = new SendPlaces(concurrency, limits.placeMs);
  }

  get inFlight(): number {
    return this.underWay.size;
  }

  /** Claims that are not begun yet. */
  get waits(): number {
    return this.waiting.length;
  }

  /**
   * How many claims it would take now. As many as are sent at once may wait: the slowest provider lets go of those
   * before them within a send's time-out, which leaves the waiting ones time within their lease.
   */
  get room(): number {
    return this.isClosed ? 0 : this.places.mayBegin + this.concurrency - this.begun.length - this.waits;
  }

  /** Whether what waits is enough for it; what it is given all the same waits longer. */
  get isFull(): boolean {
    return !this.isClosed && this.room <= 0;
  }

  /** Delivers them by and by. One that fails is simply due again once its lease is over. */
  take(claims: readonly Claim[]): void {
    if (this.isClosed) {
      this.giveUp(claims);
      return;
    }
    this.waiting.push(...claims);
    this.admit();
  }

  /** Begins what waits for so long at most, then nothing more; what was begun goes on. */
  async drain(milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds;
    while (this.waits > 0 && performance.now() < deadline) await delay(DRAIN_LOOK_MS);
    this.isClosed = true;
    this.giveUp(this.waiting.splice(0));
  }

  /** Resolves once nothing is under way, or after so many milliseconds. */
  async settle(milliseconds: number): Promise<void> {
    const over = new AbortController();
    const late = delay(milliseconds, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.underWay.keys()), late]);
    over.abort();
  }

  /** Aborts the hand-overs that are under way; their outcomes are still recorded. */
  abort(): void {
    for (const handOver of this.underWay.values()) handOver.abort();
  }

  private admit(): void {
    while (this.begun.length < this.places.mayBegin) {
      const next = this.next();
      if (!next) return;
      this.begin(next);
    }
  }

  /** The oldest claim of the tenant that has the fewest begun: one that fills the room does not hold up another. */
  private next(): Claim | undefined {
    const busy = new Map<string, number>();
    for (const tenant of this.begun) busy.set(tenant, (busy.get(tenant) ?? 0) + 1);
    const loads = this.waiting.map(({ tenant }) => busy.get(tenant) ?? 0);
    const [next] = this.waiting.splice(loads.indexOf(Math.min(...loads)), 1);
    return next;
  }

  private begin(claim: Claim): void {
    this.ledger.remove(claim);
    this.begun.push(claim.tenant);
    const passage = this.passage(claim.tenant);
    const work = this.deliver
      .execute(claim, passage, this.limits)
      .catch((error: unknown) => {
        this.log.error('A delivery failed and will be due again', error);
      })
      .finally(() => {
        this.underWay.delete(work);
        passage.leave();
      });
    this.underWay.set(work, passage.handOver);
  }

  /** Some were claimed by another worker: all of them are to be given back. */
  private giveUp(claims: readonly Claim[]): void {
    this.ledger.add(claims, this.limits.leaseMs);
  }

  private passage(tenant: string): Passage {
    let placeSince: number | undefined;
    let isOver = false;
    return {
      handOver: new AbortController(),
      takePlace: async () => {
        if (!(await this.places.take(tenant))) return false;
        placeSince = performance.now();
        return true;
      },
      leave: () => {
        if (isOver) return;
        isOver = true;
        if (placeSince !== undefined) this.places.giveBack(performance.now() - placeSince);
        this.begun.splice(this.begun.indexOf(tenant), 1);
        this.admit();
      },
    };
  }
}
