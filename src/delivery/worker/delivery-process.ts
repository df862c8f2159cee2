import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ClaimLedger } from '../application/claim-ledger.js';
import { DeliveryWork } from '../application/delivery-work.js';
import { Dispatcher } from '../application/dispatcher.js';
import { Relay } from '../application/relay.js';
import { ReleaseClaims } from '../application/release-claims.js';

/** In milliseconds, in all below the time after which the process is ended regardless. */
const DRAIN_MS = 5_000;
const FINISH_MS = 10_000;
const ABORTED_MS = 3_000;

/** Starts delivering, and ends it in order: claim no more, begin what waits, give back the rest, finish what was begun. */
@Injectable()
export class DeliveryProcess implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly relay: Relay,
    private readonly dispatcher: Dispatcher,
    private readonly work: DeliveryWork,
    private readonly ledger: ClaimLedger,
    private readonly releaseClaims: ReleaseClaims,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.dispatcher.start();
    this.relay.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.relay.stop();
    await this.dispatcher.stop(DRAIN_MS);
    await this.releaseClaims.execute(this.ledger.all()).catch(() => undefined); // their leases run out by themselves
    await this.work.settle(FINISH_MS);
    this.work.abort();
    await this.work.settle(ABORTED_MS);
  }
}
