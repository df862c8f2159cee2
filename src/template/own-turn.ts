import { setImmediate } from 'node:timers/promises';

let last: Promise<void> = Promise.resolve();

/**
 * Resolves in a round of the event loop that it shares with no other waiter, in the order of asking. Work cut into
 * such turns lets every other request through between two of them, however much of it there is at a time.
 */
export async function ownTurn(): Promise<void> {
  last = last.then(() => setImmediate());
  await last;
}
