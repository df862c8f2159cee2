import { Logger } from '@nestjs/common';
import type { Job, Queue } from 'bull';
import type { ClaimLedger } from '../application/claim-ledger.js';
import type { Claim } from '../application/delivery-store.js';
import type { DeliveryWork } from '../application/delivery-work.js';
import type { Routing } from '../application/routing.js';
import { type DeliveryJob, parseJobId } from './delivery-queue.js';

/** Takes jobs off the Bull queue and performs them. A job's lock gives no right to send: the claim in its id does. */
export class BullConsumer {
  private readonly log = new Logger('Queue');
  private taken = 0;
  private done = 0;

  constructor(
    private readonly queue: Queue<DeliveryJob>,
    private readonly work: DeliveryWork,
    private readonly ledger: ClaimLedger,
    private readonly routing: Routing,
  ) {}

  /** How many jobs it takes at once: what is begun ahead has its own. */
  private get most(): number {
    return 2 * this.work.concurrency;
  }

  /** How many jobs it has got from the queue since the start. */
  get consumed(): number {
    return this.taken;
  }

  /** It has as many jobs as it takes at once. */
  get isBusy(): boolean {
    return this.taken - this.done >= this.most;
  }

  start(): void {
    // Bull names its connection and does not catch when that fails, which would end the process.
    this.queue.setWorkerName = () => Promise.resolve();
    this.queue
      .process(this.most, async (job: Job<DeliveryJob>) => {
        this.taken += 1;
        try {
          await this.consume(String(job.id));
        } finally {
          this.done += 1;
        }
      })
      .catch((error: unknown) => {
        this.log.error('The queue can no longer be consumed', error);
      });
  }

  private async consume(jobId: string): Promise<void> {
    const named = parseJobId(jobId);
    const tenant = named && (await this.tenantOf(named));
    if (named && tenant !== undefined) await this.work.perform({ tenant, ...named });
    else
      this.log.warn(`Job ${jobId} is of no delivery in this database. Is the Redis shared by deployments?`);
  }

  /**
   * What this process claimed itself it knows; what another did it asks for. The failed job that Bull keeps holds the
   * error: it gets one without a word from the database.
   */
  private async tenantOf(claim: Pick<Claim, 'id' | 'fence'>): Promise<string | undefined> {
    try {
      return this.ledger.tenantOf(claim) ?? (await this.routing.tenantOf(claim.id));
    } catch (error) {
      this.log.warn('A job could not be routed; its delivery will be due again', error);
      throw new Error('The delivery could not be routed');
    }
  }
}
