import { type Context, type FilterImplOptions, filters } from 'liquidjs';
import { budgetOf } from './liquid-context.js';
import { TemplateError } from './template-error.js';

type FilterHandler = Extract<FilterImplOptions, (...args: never[]) => unknown>;

/** Pure, linear in what they are given, and blind to the clock, the machine and escaping. */
const ALLOWED = [
  'abs',
  'append',
  'at_least',
  'at_most',
  'capitalize',
  'ceil',
  'default',
  'divided_by',
  'downcase',
  'first',
  'floor',
  'join',
  'last',
  'lstrip',
  'minus',
  'modulo',
  'plus',
  'prepend',
  'remove',
  'remove_first',
  'remove_last',
  'replace',
  'replace_first',
  'replace_last',
  'round',
  'rstrip',
  'size',
  'slice',
  'split',
  'strip',
  'strip_newlines',
  'times',
  'truncate',
  'truncatewords',
  'upcase',
  'url_encode',
] as const;

/** Characters of a text, or items of a list, that a filter may take or make. */
const MAX_VALUE_SIZE = 4_096;

/** What a call costs besides, in characters. */
const CALL_COST = 30;

/** The filters a template may use, by name; each is charged for what it takes and makes. */
export function boundedFilters(): Readonly<Record<string, FilterHandler>> {
  return Object.fromEntries(ALLOWED.map((name) => [name, bounded(handlerOf(name))]));
}

function handlerOf(name: (typeof ALLOWED)[number]): FilterHandler {
  const filter = filters[name];
  if (typeof filter !== 'function') throw new Error(`LiquidJS has no plain filter "${name}"`);
  return filter;
}

function bounded(handler: FilterHandler): FilterHandler {
  return function (value: unknown, ...args: unknown[]): unknown {
    chargeFor(this.context, value, ...args);
    const made: unknown = handler.call(this, value, ...args);
    chargeFor(this.context, made);
    return made;
  };
}

/** Takes what one call on these values costs from the budget of the rendering; throws when it is spent. */
export function chargeFor(context: Context, ...values: readonly unknown[]): void {
  budgetOf(context).use(values.reduce<number>((sum, value) => sum + sizeOf(value), CALL_COST));
}

function sizeOf(value: unknown): number {
  const size = typeof value === 'string' || Array.isArray(value) ? value.length : 1;
  if (size > MAX_VALUE_SIZE)
    throw new TemplateError(
      'too-complex',
      `A filter handles more than ${MAX_VALUE_SIZE} characters or items.`,
    );
  return size;
}
