import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { type Acs, startAcs } from './acs.js';
import { CoreDatabase } from './core-database.js';
import { eventually } from './eventually.js';
import { RedisNodes } from './redis-nodes.js';
import { databaseServerUrl } from './test-database.js';

/** By when workers have to be at it again, without a hand. */
const RESUME_MS = 45_000;
const WORKERS = 2;

/** How often a fault befell Redis, the challenges created meanwhile, and the longest that messages took from its end. */
interface Fault {
  rounds: number;
  created: number;
  longestToArriveMs: number;
}

/** The service on Redis servers of its own, and what callers and recipients saw while something befell those. */
export class RedisChaos {
  private acs: Acs | undefined;
  private readonly recipients: string[] = [];
  private readonly faults: Record<string, Fault> = {};

  private constructor(readonly nodes: RedisNodes) {}

  /** Works with a service of its own, and prints what came of it. */
  static async of(name: string, work: (chaos: RedisChaos) => Promise<void>): Promise<void> {
    const chaos = new RedisChaos(await RedisNodes.open());
    try {
      await work(chaos);
      console.info(JSON.stringify({ name, ...(await chaos.counts()) }));
    } finally {
      await chaos.acs?.stop();
      await chaos.nodes.stop();
    }
  }

  get service(): Acs {
    if (!this.acs) throw new Error('The service was not started');
    return this.acs;
  }

  async start(redisUrl: string, workerEnv: NodeJS.ProcessEnv = {}): Promise<void> {
    this.acs = await startAcs({
      servers: { databaseUrl: databaseServerUrl(), redisUrl },
      workers: WORKERS,
      workerEnv,
    });
  }

  /** Creates a challenge; resolves with how long that took, in milliseconds. */
  async create(): Promise<number> {
    const recipient = `redis-${this.recipients.length}@example.com`;
    this.recipients.push(recipient);
    const startedAt = performance.now();
    const { status } = await this.service
      .api('acme')
      .createChallenge({ policyAlias: 'password-reset', recipient });
    expect(status).toBe(201);
    return performance.now() - startedAt;
  }

  /** Creates challenges while something happens and a little longer; each has its message in time. */
  async through(fault: string, happening: () => Promise<unknown>): Promise<void> {
    const before = this.recipients.length;
    const over = new AbortController();
    const creating = (async () => {
      while (!over.signal.aborted) {
        await this.create();
        await delay(50);
      }
    })();
    await this.created(5);
    await happening();
    await this.created(20);
    over.abort();
    await creating;
    const since = performance.now();
    await this.expectAllToArrive();
    const told = (this.faults[fault] ??= { rounds: 0, created: 0, longestToArriveMs: 0 });
    told.rounds += 1;
    told.created += this.recipients.length - before;
    told.longestToArriveMs = Math.max(told.longestToArriveMs, Math.round(performance.now() - since));
  }

  /** Each recipient has a message, and more than one only where nobody could know whether it had been taken. */
  async expectAllToArrive(): Promise<void> {
    await eventually(() => this.missing().length === 0, { timeoutMs: RESUME_MS }).catch(() => undefined);
    expect(this.missing()).toEqual([]);
    expect(this.duplicates()).toBeLessThanOrEqual(await this.unknowns());
  }

  /** No worker, or each, has said last that deliveries go without Bull. */
  async workersGo(way: 'through' | 'without'): Promise<void> {
    await eventually(() => this.paths().every((path) => (path === 'without') === (way === 'without')), {
      timeoutMs: RESUME_MS,
    });
  }

  private paths(): (string | undefined)[] {
    return this.service.workers.map(({ lines }) =>
      lines
        .map((line) => /deliveries go (through|without) Bull/.exec(line)?.[1])
        .findLast((path) => path !== undefined),
    );
  }

  private async created(more: number): Promise<void> {
    const enough = this.recipients.length + more;
    await eventually(() => this.recipients.length >= enough);
  }

  private missing(): string[] {
    const arrived = new Set(this.service.mailbox.mails.map(({ to }) => to));
    return this.recipients.filter((recipient) => !arrived.has(recipient));
  }

  private duplicates(): number {
    const { mails } = this.service.mailbox;
    return mails.length - new Set(mails.map(({ to }) => to)).size;
  }

  private async unknowns(): Promise<number> {
    const [row] = await new CoreDatabase(this.service.database.superuserUrl).rows<{ unknowns: number }>(
      `SELECT count(*)::int AS unknowns FROM delivery_attempt WHERE outcome = 'UNKNOWN'`,
    );
    return row!.unknowns;
  }

  private async counts(): Promise<object> {
    return {
      committed: this.recipients.length,
      sent: this.recipients.length - this.missing().length,
      duplicates: this.duplicates(),
      unknown: await this.unknowns(),
      faults: this.faults,
    };
  }
}
