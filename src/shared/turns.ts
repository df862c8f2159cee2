type Settle = (hasTurn: boolean) => void;

/**
 * Lets so many at a time go on. Where more wait, tenants take turns, and those of one go in the order they came; each
 * waits for `longestMs` at most.
 */
export class Turns {
  /** Those who wait, of each tenant that has any; the first tenant is next. */
  private readonly waiting = new Map<string, Set<Settle>>();

  constructor(
    private free: number,
    private readonly longestMs: number,
  ) {}

  /** Whether there was a turn in time. Who had one gives it back. */
  take(tenant: string): Promise<boolean> {
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const settle: Settle = (hasTurn) => {
        clearTimeout(timer);
        this.remove(tenant, settle);
        resolve(hasTurn);
      };
      const timer = setTimeout(settle, this.longestMs, false);
      const others = this.waiting.get(tenant);
      if (others) others.add(settle);
      else this.waiting.set(tenant, new Set([settle]));
    });
  }

  giveBack(): void {
    const [next] = this.waiting;
    if (!next) {
      this.free += 1;
      return;
    }
    const [tenant, waiting] = next;
    const [settle] = waiting;
    // Behind the others, before it is looked at again.
    this.waiting.delete(tenant);
    this.waiting.set(tenant, waiting);
    settle?.(true);
  }

  private remove(tenant: string, settle: Settle): void {
    const waiting = this.waiting.get(tenant);
    waiting?.delete(settle);
    if (waiting?.size === 0) this.waiting.delete(tenant);
  }
}
