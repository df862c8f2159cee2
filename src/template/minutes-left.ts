/** What `expiresInMinutes` says of a time left: whole minutes, never more than there are, but for the last one. */
export function minutesLeft(milliseconds: number): number {
  return Math.max(1, Math.floor(milliseconds / 60_000));
}
