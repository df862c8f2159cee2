import type { Finding } from '../shared/app-error.js';
import { alwaysNames } from './always-names.js';
import type { LintContext } from './lint-context.js';
import { templateFinding } from './lint-part.js';
import type { SoundPart } from './lint-source.js';
import type { RenderBudget } from './render-budget.js';
import { renderPart, type TemplateScope } from './render-part.js';
import { withLink } from './render.js';
import { previewScope } from './samples.js';
import { mostSmsSegments } from './sms-length.js';
import { TemplateError } from './template-error.js';
import type { Template } from './template.js';
import { htmlText } from './text-of.js';

/** A message of a template, whose link and parts are rendered at the cost of one budget. */
export interface Rendering {
  readonly template: Template;
  readonly context: LintContext;
  readonly budget: RenderBudget;
}

/** Renders the parts of a message as most callers will see them, and looks at each for what other callers make of it. */
export function lintRendered(rendering: Rendering, parts: readonly SoundPart[]): readonly Finding[] {
  if (parts.length === 0) return [];
  const scope = sampleWithLink(rendering);
  return parts.flatMap((part) => {
    try {
      rendering.budget.refuseIfSpent();
      const text = renderPart(part.name, part.parsed, scope, rendering.budget);
      return [...lintSecretShown(part, text, scope), ...lintSegments(rendering, part)];
    } catch (error) {
      return [templateFinding(part.pointer, error)];
    }
  });
}

/** A link that is missing or wrong is a finding of its own; the parts are then checked with another. */
function sampleWithLink({ template, context, budget }: Rendering): TemplateScope {
  const sample = previewScope(context, {});
  if (context.type !== 'EMAIL_LINK') return sample;
  const standIn = { ...sample, link: 'https://link.invalid/' };
  try {
    return { ...standIn, ...withLink(template, sample, budget) };
  } catch (error) {
    if (error instanceof TemplateError) return standIn;
    throw error;
  }
}

/**
 * A body that does not show what the person needs to answer, for every caller. Codes may be grouped, since answers
 * may be too.
 */
function lintSecretShown(
  { name, pointer, parsed }: SoundPart,
  text: string,
  scope: TemplateScope,
): Finding[] {
  if (name === 'subject') return [];
  const { code, link, token } = scope;
  if (code !== undefined) {
    const bare = (name === 'html' ? withoutMarkup(text) : text).replace(/[\s-]/g, '');
    return bare.includes(code) && alwaysNames(parsed, ['code'])
      ? []
      : [{ pointer, code: 'code-missing', detail: notShown('code') }];
  }
  const secrets = [link, token].filter((secret) => secret !== undefined);
  const isShown = secrets.some((secret) => text.includes(name === 'html' ? htmlText(secret) : secret));
  return isShown && alwaysNames(parsed, ['link', 'token'])
    ? []
    : [{ pointer, code: 'link-missing', detail: notShown('link') }];
}

function notShown(name: string): string {
  return `The message does not show {{ ${name} }} to everybody: put it outside of conditions and loops, or in every branch.`;
}

/** An SMS that may take more segments than the configuration allows. */
function lintSegments(
  { template: { originDomain }, context }: Rendering,
  { name, pointer, parsed }: SoundPart,
): Finding[] {
  if (name !== 'sms') return [];
  const { maxSegments } = context;
  const most = mostSmsSegments(parsed, originDomain, context);
  if (most <= maxSegments) return [];
  const detail = Number.isFinite(most)
    ? `With the longest values and branches it may take ${most} segments; the configuration allows ${maxSegments}. Shorten the text, or a value with "| truncate: 20".`
    : `Nothing bounds its length; the configuration allows ${maxSegments} segments. End each value that has no bound with "| truncate: 20", and give each loop a limit.`;
  return [{ pointer, code: 'sms-too-long', detail }];
}

/** The text between tags; linear in the length, as a pattern for tags is not. */
function withoutMarkup(html: string): string {
  return html
    .split('<')
    .map((piece) => piece.slice(piece.indexOf('>') + 1))
    .join('');
}
