import { compiledLocale } from './compiled-template.js';
import type { ParsedText } from './liquid-engine.js';
import { resolveLocale } from './locale.js';
import { originBoundText } from './origin-bound-code.js';
import { renderMessage } from './render.js';
import { fixedSamples, type SampleFacts } from './samples.js';
import { smsBound } from './sms-bound.js';
import { smsSegments } from './sms-segments.js';
import type { Template, TemplateVariables } from './template.js';
import { boundOf, joined, mostSegments } from './text-bound.js';

const known = new WeakMap<ParsedText, number>();

/** The most segments that an SMS takes whatever its caller sends, the origin-bound line included; Infinity without a bound. */
export function mostSmsSegments(text: ParsedText, originDomain: string | null, facts: SampleFacts): number {
  const { code } = fixedSamples(facts);
  return mostSegments(joined(smsBound(text, facts), boundOf(originBoundText('', originDomain, code))));
}

/**
 * The segments of one challenge's SMS, before its code is known; where none can take more than the limit, that is
 * what counts, and nothing is rendered. Throws a TemplateError when it cannot be rendered.
 */
export function smsSegmentsFor(
  template: Template,
  facts: SampleFacts,
  { locale, ...given }: Pick<TemplateVariables, 'action' | 'variables'> & { readonly locale: string | null },
  limit: number,
): number {
  const most = knownMost(template, facts, locale);
  if (most <= limit) return most;
  return smsSegments(renderMessage(template, 'SMS_OTP', locale, { ...fixedSamples(facts), ...given }).text)
    .segments;
}

/** Looked for once: the facts of a template are those of its version of the policy. */
function knownMost(template: Template, facts: SampleFacts, locale: string | null): number {
  const tag = resolveLocale(Object.keys(template.locales), template.defaultLocale, locale);
  const parts = template.locales[tag];
  if (!parts) return Infinity;
  const { text } = compiledLocale(parts);
  const most = known.get(text) ?? mostSmsSegments(text, template.originDomain, facts);
  known.set(text, most);
  return most;
}
