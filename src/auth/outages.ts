const ASK_AGAIN_MS = 2_000;

/** Remembers who is down. Each of them is asked once in two seconds, by one caller; the others need not wait for it. */
export class Outages {
  private readonly nextAskAt = new Map<string, number>();

  /** Whether to ask; it is then the caller who finds out for all. Times are milliseconds of the epoch. */
  mayAsk(whom: string, now: number): boolean {
    const nextAskAt = this.nextAskAt.get(whom);
    if (nextAskAt === undefined) return true;
    if (now < nextAskAt) return false;
    this.isDown(whom, now);
    return true;
  }

  isDown(whom: string, now: number): void {
    this.nextAskAt.set(whom, now + ASK_AGAIN_MS);
  }

  isUp(whom: string): void {
    this.nextAskAt.delete(whom);
  }
}
