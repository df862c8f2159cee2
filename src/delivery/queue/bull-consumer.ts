import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Job, Queue } from 'bull';
import type { ClaimLedger } from '../application/claim-ledger.js';
import type { DeliveryWork } from '../application/delivery-work.js';
import type { Routing } from '../application/routing.js';
import { claimsIn, type DeliveryJob, type NamedClaim } from './delivery-queue.js';

/** So many jobs are being taken at once, so that one answer of Redis is not waited for before the next is asked. */
const AT_ONCE = 2;
const LOOK_MS = 5;

/**
 * Takes jobs off the Bull queue, as fast as there is room for what they name: the rest is for other workers. A job's
 * lock gives no right to send, the claims in it do; so a job is over before they are delivered.
 */
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

  /** How many jobs it has got from the queue since the start. */
  get consumed(): number {
    return this.taken;
  }

  /** It has one that it is not done with: there is no room for more, or the database is asked about it. */
  get hasJob(): boolean {
    return this.taken > this.done;
  }

  start(): void {
    // Bull names its connection and does not catch when that fails, which would end the process.
    this.queue.setWorkerName = () => Promise.resolve();
    this.queue
      .process(AT_ONCE, async (job: Job<DeliveryJob>) => {
        this.taken += 1;
        try {
          await this.consume(job);
        } finally {
          this.done += 1;
        }
      })
      .catch((error: unknown) => {
        this.log.error('The queue can no longer be consumed', error);
      });
  }

  private async consume({ id, data }: Job<DeliveryJob>): Promise<void> {
    const named = claimsIn(data);
    const tenants = await this.tenantsOf(named);
    const claims = named.flatMap((claim) => {
      const tenant = tenants.get(claim.id);
      return tenant === undefined ? [] : [{ tenant, ...claim }];
    });
    if (named.length === 0 || claims.length < named.length)
      this.log.warn(
        `Job ${id} names what is no delivery in this database. Is the Redis shared by deployments?`,
      );
    this.work.take(claims);
    while (this.work.isFull) await delay(LOOK_MS);
  }

  /**
   * What this process claimed itself it knows; what another did it asks for. The failed job that Bull keeps holds the
   * error: it gets one without a word from the database.
   */
  private async tenantsOf(claims: readonly NamedClaim[]): Promise<ReadonlyMap<string, string>> {
    const known = new Map<string, string>();
    for (const claim of claims) {
      const tenant = this.ledger.tenantOf(claim);
      if (tenant !== undefined) known.set(claim.id, tenant);
    }
    const others = claims.map(({ id }) => id).filter((id) => !known.has(id));
    if (others.length === 0) return known;
    try {
      return new Map([...known, ...(await this.routing.tenantsOf(others))]);
    } catch (error) {
      this.log.warn('A job could not be routed; its deliveries will be due again', error);
      throw new Error('The deliveries could not be routed');
    }
  }
}
