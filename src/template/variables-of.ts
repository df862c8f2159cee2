import { analyzeSync, type Variable } from 'liquidjs';
import type { ParsedText } from './liquid-engine.js';

/** A variable that a template asks for, such as `action.details.amount`, and where. */
export interface VariableUse {
  /** Property names; null stands for one that is computed. */
  readonly path: readonly (string | null)[];
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** Every variable that a part asks for from outside, in whatever branch. */
export function variablesOf(part: ParsedText): readonly VariableUse[] {
  const { globals } = analyzeSync([...part.templates], { partials: false });
  return Object.values(globals).flat().map(useOf);
}

function useOf(variable: Variable): VariableUse {
  return {
    path: variable.segments.map((segment) => (typeof segment === 'object' ? null : String(segment))),
    name: variable.toString(),
    line: variable.location.row,
    column: variable.location.col,
  };
}
