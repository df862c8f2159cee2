import { availableParallelism, loadavg } from 'node:os';

/** How many times longer work takes than on an idle machine: other tests run at the same time. */
export function crowding(): number {
  return Math.max(1, loadavg()[0]! / availableParallelism());
}
