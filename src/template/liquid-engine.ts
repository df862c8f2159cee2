import {
  type Context,
  defaultOperators,
  filters,
  Liquid,
  type Operators,
  Parser,
  type Template,
  Tokenizer,
} from 'liquidjs';
import { chargeNodes } from './charged-nodes.js';
import { boundedFilters, chargeFor } from './liquid-filters.js';
import { TemplateError } from './template-error.js';
import { tagLengths } from './tag-lengths.js';
import { htmlText, plainText, urlText } from './text-of.js';

/** Where a rendered value ends up, which decides how it is escaped. */
export type OutputKind = 'plain' | 'html' | 'url';

/** Nothing that reads another template, writes to the caller's scope, or builds text outside the output's bound. */
const TAGS = new Set(['if', 'unless', 'case', 'for', 'break', 'continue', 'assign', 'comment', 'raw', '#']);

const MAX_TAGS = 250;
const MAX_TAG_LENGTH = 1_000;

const ENGINES: Readonly<Record<OutputKind, Liquid>> = {
  plain: engine(plainText),
  html: engine(htmlText),
  url: engine(urlText),
};
ENGINES.html.registerFilter('escape', { raw: true, handler: htmlText });
ENGINES.html.registerFilter('newline_to_br', {
  raw: true,
  handler: (value: unknown) => htmlText(value).replace(/\r?\n/g, '<br>\n'),
});

export interface ParsedText {
  readonly templates: readonly Template[];
  readonly engine: Liquid;
}

/** Parses one part of a template. Throws a TemplateError that names line and column. */
export function parseText(source: string, kind: OutputKind): ParsedText {
  const engine = ENGINES[kind];
  try {
    const { length: count } = tagLengths(source);
    if (count > MAX_TAGS)
      throw new TemplateError('too-complex', `It has ${count} tags; ${MAX_TAGS} are allowed.`);
    const tokens = new Tokenizer(source, defaultOperators).readTopLevelTokens(engine.options);
    const tags = tokens.filter((token) => 'contentRange' in token);
    const long = tags.find((token) => token.end - token.begin > MAX_TAG_LENGTH);
    if (long) throw new TemplateError('too-complex', `A tag is longer than ${MAX_TAG_LENGTH} characters.`);
    const templates = new Parser(engine).parseTokens(tokens);
    chargeNodes(templates);
    return { templates, engine };
  } catch (error) {
    throw asTemplateError(error, 'syntax');
  }
}

/** What LiquidJS threw, without its excerpt of the template and without a stack. */
export function asTemplateError(error: unknown, code: 'syntax' | 'unprintable'): TemplateError {
  if (error instanceof TemplateError) return error;
  if (!(error instanceof Error)) return new TemplateError(code, 'The template cannot be used.');
  const { originalError } = error as { originalError?: unknown };
  if (originalError instanceof TemplateError) return originalError;
  const undefinedVariable = error.name === 'UndefinedVariableError';
  return new TemplateError(undefinedVariable ? 'undefined-variable' : code, `${sentence(error.message)}.`);
}

function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}

function engine(outputEscape: (value: unknown) => string): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    // A variable may be absent where a condition or the filter "default" asks for it.
    lenientIf: true,
    ownPropertyOnly: true,
    dynamicPartials: false,
    templates: {},
    outputEscape,
    operators: chargedOperators(),
  });
  for (const name of Object.keys(liquid.tags)) if (!TAGS.has(name)) Reflect.deleteProperty(liquid.tags, name);
  for (const name of Object.keys(filters)) Reflect.deleteProperty(liquid.filters, name);
  for (const [name, filter] of Object.entries(boundedFilters())) liquid.registerFilter(name, filter);
  return liquid;
}

/** Charged as if a filter: a search costs by the length of the text. */
function chargedOperators(): Operators {
  const { contains } = defaultOperators;
  if (!contains) throw new Error('LiquidJS has no operator "contains"');
  return {
    ...defaultOperators,
    contains: (left: unknown, right: unknown, context: Context) => {
      chargeFor(context, left, right);
      return contains(left, right, context);
    },
  };
}
