import type { Statement } from '../shared/transactor.js';

const DAY_MS = 86_400_000;
/** How far from today a day may lie to have a plan of its own: what is open, and what clocks may differ by. */
const RECENT_DAYS = 3;

/** Narrows a column of identifiers to so many days from the statement's own, `[first, end)`; that day alone unless told otherwise. */
export type OnDay = (column: string, first?: number, end?: number) => string;

/**
 * A prepared statement about the rows of one day of a table with daily partitions. The day is told in its text: a plan
 * that is kept for all values then opens and locks the partitions of that day alone, where it would otherwise go
 * through all there are each time. Each recent day is a prepared statement of its own; those of other days share one
 * that names no day, so that identifiers made up by callers cannot fill the connections' memory.
 */
export function dailyStatement(
  name: string,
  textOf: (onDay: OnDay) => string,
): (id: string, values: readonly unknown[]) => Statement {
  const anyDay = { name, text: textOf(() => '') };
  const recent = new Map<number, { readonly name: string; readonly text: string }>();
  return (id, values) => {
    const day = dayOf(id);
    if (!(Math.abs(day - Math.floor(Date.now() / DAY_MS)) <= RECENT_DAYS)) return { ...anyDay, values };
    let daily = recent.get(day);
    if (!daily) {
      if (recent.size > 2 * RECENT_DAYS) recent.clear();
      daily = { name: `${name}-${day}`, text: textOf(between(day)) };
      recent.set(day, daily);
    }
    return { ...daily, values };
  };
}

/** As `dailyStatement`, about several rows at once: a statement for those of each day, in the order in which they are given. */
export function dailyStatements(
  name: string,
  textOf: (onDay: OnDay) => string,
): <Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
  valuesOf: (items: readonly Item[]) => readonly unknown[],
) => Statement[] {
  const statement = dailyStatement(name, textOf);
  return <Item>(
    items: readonly Item[],
    idOf: (item: Item) => string,
    valuesOf: (items: readonly Item[]) => readonly unknown[],
  ) => {
    const days = new Map<number, { readonly id: string; readonly items: Item[] }>();
    for (const item of items) {
      const id = idOf(item);
      const ofDay = days.get(dayOf(id));
      if (ofDay) ofDay.items.push(item);
      else days.set(dayOf(id), { id, items: [item] });
    }
    return [...days.values()].map((ofDay) => statement(ofDay.id, valuesOf(ofDay.items)));
  };
}

/** The least UUIDv7 made at a time (RFC 9562, section 5.7): the bound of a partition. */
export function leastIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}

/** Days since 1970, UTC, at which a UUIDv7 was made. */
function dayOf(id: string): number {
  return Math.floor(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) / DAY_MS);
}

function between(day: number): OnDay {
  const bound = (days: number): string => leastIdAt(new Date((day + days) * DAY_MS));
  return (column, first = 0, end = first + 1) =>
    `AND ${column} >= '${bound(first)}' AND ${column} < '${bound(end)}'`;
}
