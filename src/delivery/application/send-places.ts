import { Turns } from '../../shared/turns.js';

const WINDOW_MS = 100;

/**
 * The sends that may be under way at once, and how many deliveries may be begun for them. To begin one takes a trip to
 * the database, in which its place would stand empty: so as many as found a place lately, and left it soon, are begun
 * ahead. Slow providers are busy without that, and what hangs makes room for none.
 */
export class SendPlaces {
  private readonly turns: Turns;
  private window = 0;
  private freedInWindow = 0;
  private freedBefore = 0;

  /** `longestMs` bounds the wait for a place; one that was left within half of it was left soon. */
  constructor(
    readonly size: number,
    private readonly longestMs: number,
  ) {
    this.turns = new Turns(size, longestMs);
  }

  /** How many deliveries may be begun and not handed over. */
  get mayBegin(): number {
    this.moveWindow();
    return this.size + Math.min(this.size, this.freedBefore + this.freedInWindow);
  }

  /** Whether there was a place in time. Who had one gives it back. */
  take(tenant: string): Promise<boolean> {
    return this.turns.take(tenant);
  }

  /** Of a place that was held for so many milliseconds. */
  giveBack(heldMs: number): void {
    this.moveWindow();
    if (heldMs < this.longestMs / 2) this.freedInWindow += 1;
    this.turns.giveBack();
  }

  private moveWindow(): void {
    const window = Math.floor(performance.now() / WINDOW_MS);
    if (window === this.window) return;
    this.freedBefore = window === this.window + 1 ? this.freedInWindow : 0;
    this.freedInWindow = 0;
    this.window = window;
  }
}
