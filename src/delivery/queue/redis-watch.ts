import { Logger } from '@nestjs/common';
import type { Queue } from 'bull';
import { StartRefused } from '../../shared/start-refused.js';
import { Periodic } from '../worker/periodic.js';
import type { BullConsumer } from './bull-consumer.js';
import type { BullDispatcher } from './bull-dispatcher.js';
import type { DeliveryJob } from './delivery-queue.js';
import { evictionAdvice, evictionPolicyOf } from './eviction-policy.js';
import { within } from './within.js';

const CHECK_EVERY_MS = 1_000;
/** At the start, where a connection has yet to be made, and for each look later. */
const FIRST_ANSWER_MS = 2_000;
const ANSWER_MS = 1_000;
const GONE_AFTER_MS = 5_000;
const STUCK_AFTER_MS = 10_000;

/** Knows whether the queue can be relied on: Redis answers, evicts nothing, and hands out the jobs that wait. */
export class RedisWatch {
  private readonly log = new Logger('Queue');
  private readonly periodic = new Periodic('the watch on Redis', CHECK_EVERY_MS, () => this.check());
  private answeredAt = performance.now();
  private progressedAt = performance.now();
  private consumed = 0;
  /** What the server that answers was found to be; undefined while that is not known. */
  private evicts: boolean | undefined;
  private usable = true;

  constructor(
    private readonly queue: Queue<DeliveryJob>,
    private readonly dispatcher: BullDispatcher,
    private readonly consumer: BullConsumer,
    private readonly production: boolean,
  ) {}

  get isUsable(): boolean {
    return this.usable;
  }

  /** In production, throws `StartRefused` on a Redis that may evict jobs; one that does not answer is looked at later. */
  async start(): Promise<void> {
    const advice = await this.evictionAdvice(FIRST_ANSWER_MS).catch(() => undefined);
    if (advice !== undefined && this.production) throw new StartRefused(`REDIS_URL: ${advice}`);
    this.periodic.start();
  }

  async stop(): Promise<void> {
    await this.periodic.stop();
  }

  private async check(): Promise<void> {
    try {
      if (this.evicts === undefined) {
        const advice = await this.evictionAdvice(ANSWER_MS);
        if (advice !== undefined) this.log.warn(advice);
        this.evicts = advice !== undefined;
      }
      this.noteProgress(await within(ANSWER_MS, this.dispatcher.waiting()));
      this.answeredAt = performance.now();
    } catch {
      this.evicts = undefined; // who answers next may be another server
    }
    this.judge(performance.now());
  }

  /** What goes without Bull meanwhile tells nothing of the queue, and a queue behind slow providers is not stuck. */
  private noteProgress(waiting: number): void {
    const { consumed, hasJob } = this.consumer;
    if (waiting === 0 || hasJob || consumed !== this.consumed) this.progressedAt = performance.now();
    this.consumed = consumed;
  }

  private judge(now: number): void {
    const faults = [
      ...(now - this.answeredAt >= GONE_AFTER_MS ? ['Redis does not answer'] : []),
      ...(now - this.progressedAt >= STUCK_AFTER_MS ? ['Redis hands out no jobs'] : []),
      ...(this.evicts && this.production ? ['Redis may evict jobs'] : []),
    ];
    const usable = faults.length === 0;
    if (usable === this.usable) return;
    this.usable = usable;
    if (usable) this.log.log('Redis can be relied on again: deliveries go through Bull');
    else this.log.warn(`${faults.join(' and ')}: deliveries go without Bull until that is over`);
  }

  private async evictionAdvice(answerMs: number): Promise<string | undefined> {
    const policy = await within(answerMs, evictionPolicyOf(this.queue.client));
    return policy === undefined ? undefined : evictionAdvice(policy);
  }
}
