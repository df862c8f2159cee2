import type { Finding } from '../shared/app-error.js';
import type { LintContext } from './lint-context.js';
import { templateFinding } from './lint-part.js';
import type { SoundPart } from './lint-source.js';
import { originBoundText } from './origin-bound-code.js';
import { MESSAGE_LIMITS, RenderBudget } from './render-budget.js';
import { renderPart, type TemplateScope } from './render-part.js';
import { withLink } from './render.js';
import { longestScope, previewScope } from './samples.js';
import { smsSegments } from './sms-segments.js';
import { TemplateError } from './template-error.js';
import type { Template } from './template.js';
import { htmlText } from './text-of.js';

/** A template whose parts are rendered, at the cost of one budget. */
export interface Rendering {
  readonly template: Template;
  readonly context: LintContext;
  readonly budget: RenderBudget;
}

interface RenderedSample {
  readonly text: string;
  readonly scope: TemplateScope;
}

/** Renders a part as most callers will see it, and an SMS with everything a caller may send at its longest too. */
export function lintRendered(rendering: Rendering, part: SoundPart): readonly Finding[] {
  const { context } = rendering;
  try {
    rendering.budget.refuseIfSpent();
    const usual = renderSample(rendering, part, previewScope(context, {}));
    const hidden = lintSecretShown(part, usual);
    if (part.name !== 'sms') return hidden;
    const longest = renderSample(rendering, part, longestScope(context));
    return [...hidden, ...lintSegments(rendering, part, [usual, longest])];
  } catch (error) {
    return [templateFinding(part.pointer, error)];
  }
}

function renderSample(
  rendering: Rendering,
  { name, parsed }: SoundPart,
  sample: TemplateScope,
): RenderedSample {
  const budget = new RenderBudget(MESSAGE_LIMITS, rendering.budget);
  const scope = sampleWithLink(rendering, sample, budget);
  return { text: renderPart(name, parsed, scope, budget), scope };
}

/** A link that is missing or wrong is a finding of its own; the parts are then checked with another. */
function sampleWithLink(
  { template, context }: Rendering,
  sample: TemplateScope,
  budget: RenderBudget,
): TemplateScope {
  if (context.type !== 'EMAIL_LINK') return sample;
  const standIn = { ...sample, link: 'https://link.invalid/' };
  try {
    return { ...standIn, ...withLink(template, sample, budget) };
  } catch (error) {
    if (error instanceof TemplateError) return standIn;
    throw error;
  }
}

/** A body that does not show what the person needs to answer. Codes may be grouped, since answers may be too. */
function lintSecretShown({ name, pointer }: SoundPart, { text, scope }: RenderedSample): Finding[] {
  if (name === 'subject') return [];
  const { code, link, token } = scope;
  if (code !== undefined) {
    const shown = (name === 'html' ? withoutMarkup(text) : text).replace(/[\s-]/g, '').includes(code);
    return shown ? [] : [{ pointer, code: 'code-missing', detail: 'The message does not show {{ code }}.' }];
  }
  const secrets = [link, token].filter((secret) => secret !== undefined);
  return secrets.some((secret) => text.includes(name === 'html' ? htmlText(secret) : secret))
    ? []
    : [{ pointer, code: 'link-missing', detail: 'The message does not show {{ link }}.' }];
}

/** An SMS that may take more segments than the configuration allows. */
function lintSegments(
  { template, context: { maxSegments } }: Rendering,
  { pointer }: SoundPart,
  samples: readonly RenderedSample[],
): Finding[] {
  const counts = samples.map(({ text, scope }) =>
    smsSegments(originBoundText(text, template.originDomain, scope.code)),
  );
  const worst = counts.reduce((most, count) => (count.segments > most.segments ? count : most));
  if (worst.segments <= maxSegments) return [];
  const detail = `With the longest values it takes ${worst.segments} segments (${worst.units} units of ${worst.encoding}); the configuration allows ${maxSegments}. Shorten the text, or a value with "| truncate: 20".`;
  return [{ pointer, code: 'sms-too-long', detail }];
}

/** The text between tags; linear in the length, as a pattern for tags is not. */
function withoutMarkup(html: string): string {
  return html
    .split('<')
    .map((piece) => piece.slice(piece.indexOf('>') + 1))
    .join('');
}
