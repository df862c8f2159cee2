/** How far ahead a send may be put: it waits with its place in the worker taken, well within its lease. */
const AHEAD_MS = 2_000;

/**
 * Even spacing of sends (the generic cell rate algorithm, ITU-T I.371): `nextAt` is the time of the next free place.
 * Times in milliseconds of a clock that never steps. How long until that place may be taken; 0 for now.
 */
export function waitForPlace(nextAt: number, now: number): number {
  return Math.max(0, nextAt - now - AHEAD_MS);
}

/** How far ahead those that are held are told a time of their own; all after them come back together, and share anew. */
const HELD_AHEAD_MS = 30_000;

/**
 * Of a provider that is not to be used now: how long one that is held should wait, until the place comes up that is
 * its own in the order of asking. `heldAt` is the next place that nobody was told yet.
 */
export function takeTurn(
  heldAt: number,
  nextAt: number,
  now: number,
  ratePerSecond: number,
): { readonly waitMs: number; readonly heldAt: number } {
  const at = Math.min(Math.max(heldAt, nextAt), now + AHEAD_MS + HELD_AHEAD_MS);
  return { waitMs: waitForPlace(at, now), heldAt: at + 1_000 / ratePerSecond };
}

/** The time of the place that is taken, and of the next one after it. */
export function takePlace(
  nextAt: number,
  now: number,
  ratePerSecond: number,
): { readonly at: number; readonly nextAt: number } {
  const at = Math.max(now, nextAt);
  return { at, nextAt: at + 1_000 / ratePerSecond };
}
