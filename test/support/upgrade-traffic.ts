import type { ApiClient } from './api-client.js';
import { eventually } from './eventually.js';
import { begin, finish, type LifeWorld, TYPES } from './lives.js';

/** Customers who lead challenges through their lives, one after the other, and note what is not as it should be. */
export class Traffic {
  readonly failures: string[] = [];
  /** Challenges that were completed. */
  completed = 0;
  private readonly stepped = new Set<number>();
  private readonly customers: Promise<void>[] = [];
  private steps = 0;
  private isOver = false;

  /** Steps are taken on these processes in turn. */
  constructor(
    private callers: readonly ApiClient[],
    private readonly world: Omit<LifeWorld, 'next'>,
  ) {}

  /** Sends so many customers on their way. */
  start(customers: number): void {
    for (let index = 0; index < customers; index += 1) this.customers.push(this.customer(index));
  }

  /** From now on only these processes are called; resolves once no call to another is under way. */
  async goTo(...callers: readonly ApiClient[]): Promise<void> {
    this.callers = callers;
    this.stepped.clear();
    await eventually(() => this.stepped.size === this.customers.length);
  }

  /** Resolves once so many more challenges were completed. */
  async completes(more: number): Promise<void> {
    const enough = this.completed + more;
    await eventually(() => this.completed >= enough || this.failures.length > 0, { timeoutMs: 60_000 });
  }

  /** Resolves once every customer has finished what it had begun. */
  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.customers);
  }

  private async customer(index: number): Promise<void> {
    const next = (): ApiClient => {
      this.stepped.add(index);
      return this.callers[(this.steps += 1) % this.callers.length]!;
    };
    const world = { ...this.world, next };
    for (let life = index; !this.isOver; life += 1) {
      try {
        await finish(world, await begin(world, TYPES[life % TYPES.length]!));
        this.completed += 1;
      } catch (error) {
        this.failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  }
}
