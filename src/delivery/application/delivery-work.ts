import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { DELIVERY_LIMITS, type DeliveryLimits } from '../domain/limits.js';
import type { ClaimLedger } from './claim-ledger.js';
import type { Deliver } from './deliver.js';
import type { Claim } from './delivery-store.js';

/** What this process is delivering at the moment, whichever way the claims came. */
export class DeliveryWork {
  private readonly log = new Logger('Delivery');
  private readonly underWay = new Map<Promise<void>, AbortController>();

  constructor(
    private readonly deliver: Deliver,
    private readonly ledger: ClaimLedger,
    private readonly limits: DeliveryLimits = DELIVERY_LIMITS,
  ) {}

  get inFlight(): number {
    return this.underWay.size;
  }

  /**
   * Delivers; resolves once the message is handed over, or will not be, while its outcome is still being recorded.
   * Never rejects, since a claim that fails is simply due again once its lease is over.
   */
  perform(claim: Claim): Promise<void> {
    this.ledger.remove(claim);
    const handOver = new AbortController();
    return new Promise((isHandedOver) => {
      const work = this.deliver
        .execute(claim, handOver, isHandedOver, this.limits)
        .catch((error: unknown) => {
          this.log.error('A delivery failed and will be due again', error);
        })
        .finally(() => {
          this.underWay.delete(work);
          isHandedOver();
        });
      this.underWay.set(work, handOver);
    });
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
}
