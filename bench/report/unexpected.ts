import type { Measured } from '../scenarios/measure.js';

/** Answers that were not as expected make a result worthless: they are told, a line for each side. */
export function unexpectedOf(what: string, sides: Readonly<Record<string, Measured>>): string[] {
  return Object.entries(sides).flatMap(([side, { unexpected }]) => {
    const told = Object.entries(unexpected).map(([outcome, count]) => `${outcome} × ${count}`);
    return told.length === 0 ? [] : [`${what}: the ${side} also answered ${told.join(', ')}`];
  });
}
