/** Between two looks for due deliveries, in milliseconds. */
export const POLL = { shortestMs: 50, longestMs: 500, fullMs: 10 } as const;

/** Adaptive polling: at once while claims come back full, soon while there is work, less and less often when idle. */
export function nextPollMs(previousMs: number, claimed: number, asked: number): number {
  if (claimed >= asked) return 0;
  if (claimed > 0) return POLL.shortestMs;
  return Math.min(POLL.longestMs, Math.max(POLL.shortestMs, previousMs * 1.5));
}
