import { InvalidArgumentError } from 'commander';

/** A time, or how long before now. */
export type TimePoint = Date | { readonly secondsAgo: number };

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
/** A date, or RFC 3339 with seconds that may be left out; a zone is required with a time. */
const TIME = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2}))?$/;

/** Reads `2026-01-01`, `2026-01-01T00:00Z` or `90m`; throws commander's `InvalidArgumentError`. */
export function parseTimePoint(text: string): TimePoint {
  const ago = /^(\d{1,6})([smhd])$/.exec(text);
  if (ago) return { secondsAgo: Number(ago[1]) * (SECONDS[ago[2] ?? ''] ?? 0) };
  const time = new Date(TIME.test(text) ? text.toUpperCase().replace(' ', 'T') : NaN);
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError(
      'Give a time such as 2026-01-01T00:00Z, with its zone, or an age such as 30s, 90m, 1h or 7d.',
    );
  return time;
}

export function timeOf(point: TimePoint, now: Date): Date {
  return point instanceof Date ? point : new Date(now.getTime() - point.secondsAgo * 1_000);
}
