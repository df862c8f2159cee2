import { type Template as Node, toValueSync, type Token, TypeGuards, Value } from 'liquidjs';
import { budgetOf } from './liquid-context.js';

/** What it costs to evaluate one term of an expression, in characters; a variable has to be looked up. */
const TERM_COST = 10;
const VARIABLE_COST = 30;

/**
 * Has every tag and output charge the rendering for the terms it evaluates: LiquidJS counts a condition as one
 * step, however long it is.
 */
export function chargeNodes(nodes: readonly Node[]): void {
  for (const node of nodes) {
    const cost = costOf(node);
    const render = node.render.bind(node);
    if (cost > 0) {
      node.render = (context, emitter): unknown => {
        budgetOf(context).use(cost);
        return render(context, emitter);
      };
    }
    if (node.children) chargeNodes(toValueSync<Node[]>(node.children(false, true)));
  }
}

function costOf(node: Node): number {
  const terms = [...(node.arguments?.() ?? [])].flatMap((argument) =>
    argument instanceof Value ? argument.initial.postfix : [argument],
  );
  return terms.reduce((sum, term) => sum + termCost(term), 0);
}

function termCost(term: Token): number {
  return TypeGuards.isPropertyAccessToken(term) ? VARIABLE_COST * term.props.length : TERM_COST;
}
