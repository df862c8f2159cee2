/** Samples above this quantile of both classes together are the machine's doing, and are left out. */
const KEPT = 0.8;

/**
 * Welch's t of two classes of times, without the slowest of them: beyond ±4.5 they differ (Goodwill et al., "A
 * testing methodology for side-channel resistance validation"; cropped as Reparaz et al., "Dude, is my code constant time?").
 */
export function welchT(one: readonly number[], other: readonly number[]): number {
  const sorted = [...one, ...other].sort((a, b) => a - b);
  const bound = sorted[Math.floor((sorted.length - 1) * KEPT)]!;
  const [first, second] = [one, other].map((samples) => momentsOf(samples.filter((value) => value <= bound)));
  const spread = Math.sqrt(first!.variance / first!.count + second!.variance / second!.count);
  if (spread === 0) return first!.mean === second!.mean ? 0 : Infinity;
  return (first!.mean - second!.mean) / spread;
}

function momentsOf(samples: readonly number[]): {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
} {
  const count = samples.length;
  // All of a class beyond the bound: it differs as much as can be.
  if (count < 2) return { count: 1, mean: Infinity, variance: 0 };
  const mean = samples.reduce((sum, value) => sum + value, 0) / count;
  const squares = samples.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, variance: squares / (count - 1) };
}
