/** A part of a list, and the item that the next part follows; undefined when this is the end. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly last: Item | undefined;
}

/** The first `limit` of what was found, when one more was looked for. */
export function pageOf<Item>(found: readonly Item[], limit: number): Page<Item> {
  const items = found.slice(0, limit);
  return { items, last: found.length > limit ? items.at(-1) : undefined };
}
