import {
  CaseTag,
  ForTag,
  IfTag,
  Output,
  type Template as Node,
  type Token,
  UnlessTag,
  Value,
} from 'liquidjs';
import type { ParsedText } from './liquid-engine.js';
import { everyNode, literalRange, pathOf, settingOf } from './node-parts.js';

/**
 * Whether every way through a text prints one of these variables, or what was made of it: outside of conditions,
 * or in all their branches. What filters leave of it is another question.
 */
export function alwaysNames({ templates }: ParsedText, variables: readonly string[]): boolean {
  const names = new Set(variables);
  for (const node of everyNode(templates)) {
    const setting = settingOf(node);
    if (setting && tells(setting.from, names)) names.add(setting.name);
  }
  return oneTells(templates, names);
}

function oneTells(nodes: readonly Node[], names: ReadonlySet<string>): boolean {
  return nodes.some((node) => {
    if (node instanceof Output) return tells(node.value, names);
    if (node instanceof ForTag) {
      const isEntered = (literalRange(node.collection) ?? 0) > 0 || tells(node.collection, names);
      return isEntered && oneTells(node.templates, names);
    }
    if (!(node instanceof IfTag || node instanceof UnlessTag || node instanceof CaseTag)) return false;
    const branches = [...node.branches.map(({ templates }) => templates), node.elseTemplates ?? []];
    return branches.every((branch) => oneTells(branch, names));
  });
}

/** A value that is printed only where another is missing does not tell. */
function tells(value: Value | Token, names: ReadonlySet<string>): boolean {
  const isNamed = (token: Token): boolean => names.has(pathOf(token)[0] ?? '');
  if (!(value instanceof Value)) return isNamed(value);
  const { initial, filters } = value;
  const args = filters
    .filter(({ name }) => name !== 'default')
    .flatMap((filter) => filter.args)
    .flatMap((argument) => (Array.isArray(argument) ? [] : [argument]));
  return (initial.postfix.length === 1 ? [...initial.postfix, ...args] : args).some(isNamed);
}
