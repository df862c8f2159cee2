import { Logger } from '@nestjs/common';
import { DELIVERY_LIMITS } from '../domain/limits.js';
import { nextPollMs, POLL } from '../domain/polling.js';
import { claimsMade } from './delivery-metrics.js';
import type { ClaimLedger } from './claim-ledger.js';
import type { Dispatcher } from './dispatcher.js';
import type { Pulse } from './pulse.js';
import type { ReleaseClaims } from './release-claims.js';
import type { Routing } from './routing.js';

const BATCH = 100;

/** Claims due deliveries as fast as they can be begun, and hands them to the dispatcher. */
export class Relay {
  private readonly log = new Logger('Relay');
  private running: Promise<void> | undefined;
  private stopping = false;
  private nextForFewAt = 0;

  constructor(
    private readonly routing: Routing,
    private readonly dispatcher: Dispatcher,
    private readonly ledger: ClaimLedger,
    private readonly releaseClaims: ReleaseClaims,
    private readonly pulse: Pulse,
    private readonly concurrency: number,
  ) {}

  start(leaseMs = DELIVERY_LIMITS.leaseMs): void {
    this.running ??= this.run(leaseMs);
  }

  /** Claims no more; resolves when the last claim was handed over. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.pulse.beat();
    await this.running;
  }

  private async run(leaseMs: number): Promise<void> {
    let pauseMs = 0;
    while (!this.stopping) {
      pauseMs = await this.round(pauseMs, leaseMs).catch((error: unknown) => {
        this.log.error('Due deliveries could not be claimed', error);
        return POLL.longestMs;
      });
      await this.pulse.sleep(pauseMs);
    }
  }

  /** One look; returns how long to wait before the next. */
  private async round(previousMs: number, leaseMs: number): Promise<number> {
    const asked = Math.min(BATCH, await this.dispatcher.room());
    // Those that wait are begun within moments, and what comes after them should be there by then.
    if (asked <= 0 || this.isTooSoonFor(asked)) return POLL.fullMs;
    const claims = await this.routing.claim(asked, leaseMs);
    if (claims.length > 0) {
      claimsMade.inc(claims.length);
      this.ledger.add(claims, leaseMs);
      try {
        await this.dispatcher.dispatch(claims);
      } catch (error) {
        this.log.warn('Claims could not be handed over and are given back', error);
        await this.releaseClaims.execute(claims);
      }
    }
    return nextPollMs(previousMs, claims.length, asked);
  }

  /** A look costs the database as much as claiming a dozen: one for a few places that came free is made now and then. */
  private isTooSoonFor(asked: number): boolean {
    const now = performance.now();
    if (asked < Math.min(BATCH, this.concurrency) / 2 && now < this.nextForFewAt) return true;
    this.nextForFewAt = now + POLL.shortestMs;
    return false;
  }
}
