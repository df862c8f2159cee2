/** The middle value; of an even number of values the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How far apart the values lie: the range, as a share of the median. 0 of a single value. */
export function spread(values: readonly number[]): number {
  const sorted = ascending(values);
  return (sorted.at(-1)! - sorted[0]!) / median(values);
}

/** The values at these ranks (nearest rank: 0.99 is the least value that 99 % do not exceed). NaN of none. */
export function percentiles(values: readonly number[], ranks: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return ranks.map((rank) => sorted[Math.max(0, Math.ceil(rank * sorted.length) - 1)] ?? NaN);
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((one, other) => one - other);
}
