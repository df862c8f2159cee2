import { Context, type Liquid } from 'liquidjs';
import type { RenderBudget } from './render-budget.js';

/** LiquidJS does not export the type of its limiters. */
type Limiter = Context['memoryLimit'];

/** A scope to render in, with the budget in the place of both limiters of LiquidJS. */
export function contextFor(scope: object, liquid: Liquid, budget: RenderBudget): Context {
  // The budget has both methods that LiquidJS calls; its own class adds private fields alone.
  const limiter = budget as unknown as Limiter;
  return new Context(
    scope,
    liquid.options,
    { sync: true },
    { memoryLimit: limiter, renderLimit: limiter, liquid },
  );
}

/** What is left to the rendering that a filter or operator is part of. */
export function budgetOf(context: Context): Pick<RenderBudget, 'use'> {
  return context.memoryLimit;
}
