import { timingSafeEqual } from 'node:crypto';

/** Whether two byte strings are the same, in a time that tells nothing but their lengths. */
export function areSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
