import type { Finding } from './app-error.js';

/**
 * What two checks found, one behind the other. The second saw nothing of what the first found malformed, so what
 * it says there, at the same place or within, says nothing more.
 */
export function together(first: readonly Finding[], second: readonly Finding[]): readonly Finding[] {
  const places = new Set(first.map(({ pointer }) => pointer));
  const isSaid = (pointer: string): boolean =>
    places.has(pointer) || (pointer !== '' && isSaid(pointer.slice(0, pointer.lastIndexOf('/'))));
  return [...first, ...second.filter(({ pointer }) => !isSaid(pointer))];
}
