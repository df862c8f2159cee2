import type { Queue } from 'bull';
import type { Claim } from '../application/delivery-store.js';
import type { DeliveryWork } from '../application/delivery-work.js';
import { Dispatcher } from '../application/dispatcher.js';
import { type DeliveryJob, jobIdOf } from './delivery-queue.js';
import { within } from './within.js';

const ANSWER_MS = 2_000;

/**
 * Puts claims on the Bull queue, for any worker. No more wait there, all relays together, and with those that this worker
 * took and has not begun, than it alone would begin within a lease.
 */
export class BullDispatcher extends Dispatcher {
  readonly mode = 'bull';

  constructor(
    private readonly queue: Queue<DeliveryJob>,
    private readonly work: DeliveryWork,
  ) {
    super();
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async room(): Promise<number> {
    return this.work.concurrency - this.work.waits - (await this.waiting());
  }

  /** Jobs that no consumer has taken yet. */
  async waiting(): Promise<number> {
    return await within(ANSWER_MS, this.queue.getWaitingCount());
  }

  async dispatch(claims: readonly Claim[]): Promise<void> {
    const jobs = claims.map((claim) => ({
      data: { deliveryId: claim.id },
      opts: { jobId: jobIdOf(claim) },
    }));
    const added = await within(ANSWER_MS, this.queue.addBulk(jobs));
    // The commands go out together and each may fail alone, out of memory for one; Bull then leaves out its id.
    if (added.some(({ id }) => typeof id !== 'string')) throw new Error('Redis refused a job');
  }

  /** Takes no further job off the queue, which other workers go on with; jobs under way end as ever. */
  async stop(): Promise<void> {
    await within(ANSWER_MS, this.queue.close(true)).catch(() => undefined);
  }
}
