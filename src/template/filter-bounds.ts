import {
  A_NUMBER,
  ANYTHING,
  atMost,
  boundOf,
  either,
  joined,
  NOTHING,
  type TextBound,
} from './text-bound.js';

/** What is known of one argument of a filter. */
export interface ArgumentBound {
  readonly bound: TextBound;
  /** As written in the template; undefined for what is not known before. */
  readonly literal: string | number | undefined;
}

type Rule = (value: TextBound, ...args: readonly (ArgumentBound | undefined)[]) => TextBound;

const NUMBERS = ['abs', 'at_least', 'at_most', 'ceil', 'divided_by', 'floor', 'minus', 'modulo', 'plus'];
const SHORTENING = ['remove', 'remove_first', 'remove_last', 'strip', 'lstrip', 'rstrip', 'strip_newlines'];
const ELLIPSIS: ArgumentBound = { bound: boundOf('...'), literal: '...' };

/** How long a filter's result can get, for those of which it can be told. */
const RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries([...NUMBERS, 'round', 'times', 'size'].map((name) => [name, () => A_NUMBER])),
  ...Object.fromEntries(SHORTENING.map((name) => [name, (value: TextBound) => asText(value)])),
  ...Object.fromEntries(['upcase', 'downcase', 'capitalize'].map((name) => [name, recased])),
  append: (value, added) => joined(value, boundOrNothing(added)),
  prepend: (value, added) => joined(boundOrNothing(added), value),
  default: (value, other) => either(value, boundOrNothing(other)),
  replace: replaced,
  replace_first: (value, _pattern, replacement) => joined(value, boundOrNothing(replacement)),
  replace_last: (value, _pattern, replacement) => joined(value, boundOrNothing(replacement)),
  slice: sliced,
  truncate: truncated,
  truncatewords: (value, _words, end = ELLIPSIS) => joined(value, end.bound),
};

/** What a filter makes of a value at most; anything, where that is not known. */
export function filteredBound(
  name: string,
  value: TextBound,
  args: readonly (ArgumentBound | undefined)[],
): TextBound {
  return Object.hasOwn(RULES, name) ? (RULES[name]?.(value, ...args) ?? ANYTHING) : ANYTHING;
}

function boundOrNothing(argument: ArgumentBound | undefined): TextBound {
  return argument?.bound ?? NOTHING;
}

function asText(value: TextBound): TextBound {
  return { ...value, list: false };
}

/** The other case of one UTF-16 unit has three at most, of any alphabet. */
function recased(value: TextBound): TextBound {
  if (!value.beyondAscii) return asText(value);
  const units = 3 * value.units;
  return { ...asText(value), units, gsmUnits: 2 * units, foreign: true, escapes: true };
}

/** An empty pattern, which a value may turn out to be, stands between all units. */
function replaced(value: TextBound, pattern?: ArgumentBound, replacement?: ArgumentBound): TextBound {
  const length = pattern?.literal === undefined ? 0 : String(pattern.literal).length;
  const places = length > 0 ? Math.floor(value.units / length) : value.units + 1;
  const put = boundOrNothing(replacement);
  // No places times no bound is nothing.
  const growth = (each: number): number => (each > length && places > 0 ? places * (each - length) : 0);
  return {
    ...joined(value, put),
    units: value.units + growth(put.units),
    gsmUnits: value.gsmUnits + growth(put.gsmUnits),
  };
}

function sliced(value: TextBound, _begin?: ArgumentBound, length?: ArgumentBound): TextBound {
  const characters = length === undefined ? 1 : length.literal;
  if (value.list || typeof characters !== 'number') return value;
  return atMost(value, Math.max(0, Math.ceil(characters)));
}

/** What is short enough stays as it is, a list a list. */
function truncated(value: TextBound, length?: ArgumentBound, end = ELLIPSIS): TextBound {
  const characters = length === undefined ? 50 : length.literal;
  if (typeof characters !== 'number') return either(value, joined(value, end.bound));
  const allowed = Math.max(0, Math.ceil(characters));
  const kept = typeof end.literal === 'string' ? allowed - Array.from(end.literal).length : allowed;
  return either(atMost(value, allowed), joined(atMost(value, Math.max(0, kept)), end.bound));
}
