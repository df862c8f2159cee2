import { CAPACITY, gsmUnits } from './sms-segments.js';

/** How long a text can get, and what can be in it, whatever a caller sends. */
export interface TextBound {
  /** In UTF-16 units, as UCS-2 counts. */
  readonly units: number;
  /** In units of GSM-7, should all of it be of that alphabet. */
  readonly gsmUnits: number;
  /** May hold characters outside GSM-7. */
  readonly foreign: boolean;
  /** May hold characters of two UTF-16 units, or half of one. */
  readonly pairs: boolean;
  /** May hold characters of two units of GSM-7. */
  readonly escapes: boolean;
  /** May hold characters whose other letter case is longer. */
  readonly beyondAscii: boolean;
  /** May be a list, of which filters take items where of a text they take characters. */
  readonly list: boolean;
}

const PLAIN = { foreign: false, pairs: false, escapes: false, beyondAscii: false, list: false };
const ANY_CHARACTER = { foreign: true, pairs: true, escapes: true, beyondAscii: true };

export const NOTHING: TextBound = { units: 0, gsmUnits: 0, ...PLAIN };
/** As long as it likes. */
export const ANYTHING: TextBound = { units: Infinity, gsmUnits: Infinity, ...ANY_CHARACTER, list: true };
/** Of digits, signs and Latin letters, such as -1.2345678901234567e-100. */
export const A_NUMBER: TextBound = { units: 25, gsmUnits: 25, ...PLAIN };

/** A text of the caller's, so long at most. */
export function anyText(units: number): TextBound {
  return { units, gsmUnits: 2 * units, ...ANY_CHARACTER, list: false };
}

/** A text that is known. */
export function boundOf(text: string): TextBound {
  const widths = Array.from(text, gsmUnits);
  return {
    units: text.length,
    gsmUnits: widths.reduce<number>((sum, width) => sum + (width ?? 1), 0),
    foreign: widths.includes(undefined),
    pairs: /[\uD800-\uDFFF]/.test(text),
    escapes: widths.includes(2),
    beyondAscii: /\P{ASCII}/u.test(text),
    list: false,
  };
}

/** One after the other. */
export function joined(...bounds: readonly TextBound[]): TextBound {
  return merged(bounds, (lengths) => lengths.reduce((sum, length) => sum + length, 0), false);
}

/** The one or the other. */
export function either(...bounds: readonly TextBound[]): TextBound {
  const list = bounds.some((bound) => bound.list);
  return merged(bounds, (lengths) => Math.max(0, ...lengths), list);
}

/** So many times one after the other. */
export function repeated(bound: TextBound, times: number): TextBound {
  if (times === 0 || bound.units === 0) return NOTHING;
  return { ...bound, units: bound.units * times, gsmUnits: bound.gsmUnits * times, list: false };
}

/** No more than so many characters of it. */
export function atMost(bound: TextBound, characters: number): TextBound {
  return {
    ...bound,
    units: Math.min(bound.units, characters * (bound.pairs ? 2 : 1)),
    gsmUnits: Math.min(bound.gsmUnits, characters * (bound.escapes ? 2 : 1)),
  };
}

/** The most segments that it takes as SMS; Infinity where it has no bound. */
export function mostSegments({ units, gsmUnits: septets, foreign, pairs, escapes }: TextBound): number {
  return Math.max(
    segmentsOf(septets, escapes, CAPACITY['GSM-7']),
    foreign ? segmentsOf(units, pairs, CAPACITY['UCS-2']) : 1,
  );
}

/** A character of two units may leave the last of a segment free, of each segment but the last. */
function segmentsOf(
  units: number,
  leavesUnits: boolean,
  { single, each }: { readonly single: number; readonly each: number },
): number {
  if (units <= single) return 1;
  return leavesUnits ? Math.ceil((units - 1) / (each - 1)) : Math.ceil(units / each);
}

function merged(
  bounds: readonly TextBound[],
  length: (lengths: readonly number[]) => number,
  list: boolean,
): TextBound {
  const may = (trait: keyof typeof ANY_CHARACTER): boolean => bounds.some((bound) => bound[trait]);
  return {
    units: length(bounds.map(({ units }) => units)),
    gsmUnits: length(bounds.map((bound) => bound.gsmUnits)),
    foreign: may('foreign'),
    pairs: may('pairs'),
    escapes: may('escapes'),
    beyondAscii: may('beyondAscii'),
    list,
  };
}
