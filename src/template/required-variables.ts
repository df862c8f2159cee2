import {
  CaseTag,
  IfTag,
  type Template as Node,
  toValueSync,
  type Token,
  TypeGuards,
  UnlessTag,
  Value,
} from 'liquidjs';
import { compiledLink, compiledLocale } from './compiled-template.js';
import { pathOf } from './node-parts.js';
import type { Template } from './template.js';

const known = new WeakMap<Template, readonly string[]>();

/**
 * The names of the `variables` without which some message of a template cannot be rendered. One that is only
 * asked for in a condition, with the filter `default`, or inside `{% if variables.name %}` is not among them.
 */
export function requiredVariables(template: Template): readonly string[] {
  const answer = known.get(template);
  if (answer) return answer;
  const parts = Object.values(template.locales).flatMap((locale) => {
    const { subject, text, html } = compiledLocale(locale);
    return [subject, text, html];
  });
  const names = new Set<string>();
  for (const part of [compiledLink(template), ...parts])
    if (part) addRequired(part.templates, new Set(), names);
  const required = [...names].sort();
  known.set(template, required);
  return required;
}

/** Adds what nodes ask for, other than what is `present` wherever they are rendered. */
function addRequired(nodes: readonly Node[], present: ReadonlySet<string>, names: Set<string>): void {
  const add = (name: string): void => {
    if (!present.has(name)) names.add(name);
  };
  for (const node of nodes) {
    if (node instanceof IfTag || node instanceof UnlessTag) {
      for (const { value, templates } of node.branches) {
        filterArguments(value).flatMap(namesIn).forEach(add);
        const shown = node instanceof IfTag ? presentWhenTrue(value) : [];
        addRequired(templates, new Set([...present, ...shown]), names);
      }
      addRequired(node.elseTemplates ?? [], present, names);
    } else if (node instanceof CaseTag) {
      filterArguments(node.value).flatMap(namesIn).forEach(add);
      for (const { templates } of node.branches) addRequired(templates, present, names);
      addRequired(node.elseTemplates, present, names);
    } else {
      for (const argument of node.arguments?.() ?? []) tokensOf(argument).flatMap(namesIn).forEach(add);
      addRequired(node.children ? toValueSync<Node[]>(node.children(false, true)) : [], present, names);
    }
  }
}

function tokensOf(argument: Value | Token): readonly Token[] {
  if (!(argument instanceof Value)) return [argument];
  const optional = argument.filters[0]?.name === 'default';
  return [...(optional ? [] : argument.initial.postfix), ...filterArguments(argument)];
}

function filterArguments({ filters }: Value): readonly Token[] {
  return filters.flatMap(({ args }) =>
    args.flatMap((argument) => (Array.isArray(argument) ? (argument[1] ?? []) : argument)),
  );
}

/** What a condition proves to be there: every variable in it, when all that it does is join them by `and`. */
function presentWhenTrue({ initial, filters }: Value): readonly string[] {
  const tokens = initial.postfix;
  const plain = tokens.every(
    (token) =>
      TypeGuards.isPropertyAccessToken(token) ||
      (TypeGuards.isOperatorToken(token) && token.operator === 'and'),
  );
  return plain && filters.length === 0 ? tokens.flatMap(namesIn) : [];
}

/** The names that a token reads from `variables`, those inside brackets and ranges included. */
function namesIn(token: Token): readonly string[] {
  if (TypeGuards.isRangeToken(token)) return [...namesIn(token.lhs), ...namesIn(token.rhs)];
  if (!TypeGuards.isPropertyAccessToken(token)) return [];
  const [root, property] = pathOf(token);
  return [...token.props.flatMap(namesIn), ...(root === 'variables' && property ? [property] : [])];
}
