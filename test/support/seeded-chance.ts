import { createHash } from 'node:crypto';

/** Numbers that look random and are the same again for the same seed. */
export class SeededChance {
  private drawn = 0;

  constructor(readonly seed: string) {}

  /** From 0 to 1, without 1. */
  next(): number {
    this.drawn += 1;
    return createHash('sha256').update(`${this.seed}:${this.drawn}`).digest().readUInt32BE() / 2 ** 32;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!;
  }
}
