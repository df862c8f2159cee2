import type { Queue } from 'bull';
import type { Claim } from '../application/delivery-store.js';
import type { DeliveryWork } from '../application/delivery-work.js';
import { Dispatcher } from '../application/dispatcher.js';
import { type DeliveryJob, jobsOf } from './delivery-queue.js';
import { within } from './within.js';

const ANSWER_MS = 2_000;
/** A job of so many claims costs Redis and a worker hardly more than a job of one. */
const MOST_IN_JOB = 10;

/**
 * Puts claims on the Bull queue, for any worker. A relay claims as many as its own worker would take, less those that
 * may wait there: every job counts as full.
 */
export class BullDispatcher extends Dispatcher {
  readonly mode = 'bull';

  constructor(
    private readonly queue: Queue<DeliveryJob>,
    private readonly work: DeliveryWork,
  ) {
    super();
  }

  /** A worker that sends few at once is given few at once. */
  private get jobSize(): number {
    return Math.min(MOST_IN_JOB, this.work.concurrency);
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async room(): Promise<number> {
    const jobs = await this.waiting();
    // What was taken off the queue until then is in the worker's own count.
    return this.work.room - jobs * MOST_IN_JOB;
  }

  /** Jobs that no consumer has taken yet. */
  async waiting(): Promise<number> {
    return await within(ANSWER_MS, this.queue.getWaitingCount());
  }

  async dispatch(claims: readonly Claim[]): Promise<void> {
    const added = await within(ANSWER_MS, this.queue.addBulk(jobsOf(claims, this.jobSize)));
    // The commands go out together and each may fail alone, out of memory for one; Bull then leaves out its id.
    if (added.some(({ id }) => typeof id !== 'string')) throw new Error('Redis refused a job');
  }

  /** Takes no further job off the queue, which other workers go on with; jobs under way end as ever. */
  async stop(): Promise<void> {
    await within(ANSWER_MS, this.queue.close(true)).catch(() => undefined);
  }
}
