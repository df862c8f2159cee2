import { describe, expect, it } from '@jest/globals';
import { welchT } from '../support/proof-welch.js';

/** Deterministic noise around a mean, between -1 and 1. */
function noisy(mean: number, count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return mean + (state / 1_073_741_824 - 1);
  });
}

describe("Welch's t", () => {
  it('is that of the textbook, of what is left', () => {
    // Means 4 and 3, variances 4 and 4, three of each: 1 / sqrt(4 / 3 + 4 / 3).
    expect(welchT([2, 4, 6, 100], [1, 3, 5, 200])).toBeCloseTo(0.6124, 4);
    expect(welchT([1, 1, 1], [1, 1, 1])).toBe(0);
  });

  it('stays small for samples of one kind, however slow some of them are', () => {
    const slow = [90, 300, 1_000];
    expect(Math.abs(welchT(noisy(5, 500, 1), [...noisy(5, 500, 2), ...slow]))).toBeLessThan(4.5);
  });

  it('grows large for samples that differ', () => {
    expect(welchT(noisy(5.8, 500, 1), noisy(5, 500, 2))).toBeGreaterThan(4.5);
    expect(welchT(noisy(5, 500, 1), noisy(5.8, 500, 2))).toBeLessThan(-4.5);
    expect(welchT(noisy(50, 500, 1), noisy(5, 2_000, 2))).toBe(Infinity);
  });
});
