import { TemplateError } from './template-error.js';

export interface RenderLimits {
  /** Tags, outputs and loop rounds. */
  readonly steps: number;
  /** Characters that filters handle, items that ranges make, and what is charged for tags, calls and terms. */
  readonly characters: number;
  /** Characters that are written. */
  readonly output: number;
}

/** What one message may cost. */
export const MESSAGE_LIMITS: RenderLimits = { steps: 3_000, characters: 75_000, output: 250_000 };

/** What it may cost to render a whole template for its check, all locales together. */
export const LINT_LIMITS: RenderLimits = { steps: 4_000, characters: 100_000, output: 250_000 };

/**
 * Stops a template that does too much. It counts what is done instead of looking at a clock, so that a template
 * gets the same answer on a busy machine as on an idle one. Stands in for both limiters of LiquidJS, one of which
 * measures time.
 */
export class RenderBudget {
  private steps = 0;
  private characters = 0;
  private output = 0;

  constructor(
    private readonly limits: RenderLimits,
    /** What this budget is a part of. */
    private readonly whole?: RenderBudget,
  ) {}

  /** Throws where nothing is left: what follows need not even begin. */
  refuseIfSpent(): void {
    const { steps, characters, output } = this.limits;
    if (this.steps > steps || this.characters > characters || this.output > output) throw tooComplex();
  }

  /** Counts a step; LiquidJS calls it before each, with the time. */
  check(): void {
    this.whole?.check();
    this.steps += 1;
    this.refuseIfSpent();
  }

  /** Counts characters, or what is charged like them, before they are made. */
  use(count: number): void {
    if (!(count > 0)) return;
    this.whole?.use(count);
    this.characters += count;
    this.refuseIfSpent();
  }

  /** Counts characters before they are written: what is written has to be cleaned and looked through. */
  write(count: number): void {
    this.whole?.write(count);
    this.output += count;
    this.refuseIfSpent();
  }
}

function tooComplex(): TemplateError {
  return new TemplateError(
    'too-complex',
    'Rendering takes too many steps or writes too much; use fewer loops and filters.',
  );
}
