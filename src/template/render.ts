import { compiledLink, compiledLocale } from './compiled-template.js';
import { resolveLocale } from './locale.js';
import { originBoundText } from './origin-bound-code.js';
import { LenientDetails } from './lenient-details.js';
import { MESSAGE_LIMITS, RenderBudget } from './render-budget.js';
import { renderPart, type TemplateScope } from './render-part.js';
import { TemplateError } from './template-error.js';
import type { DeliveredType, RenderedMessage, Template, TemplateVariables } from './template.js';

/**
 * Renders a message in the best locale for the one wanted; the worker's messages, previews and lint all come
 * from here. A subject is one line whatever is put into it. Throws a TemplateError when one of the
 * `requiredVariables` is missing or the template does too much.
 */
export function renderMessage(
  template: Template,
  type: DeliveredType,
  locale: string | null,
  variables: TemplateVariables,
): RenderedMessage {
  return renderScope(template, type, locale, scopeOf(variables));
}

/** As `renderMessage`, from any scope: for samples. */
export function renderScope(
  template: Template,
  type: DeliveredType,
  wanted: string | null,
  given: TemplateScope,
): RenderedMessage {
  const budget = new RenderBudget(MESSAGE_LIMITS);
  const locale = resolveLocale(Object.keys(template.locales), template.defaultLocale, wanted);
  const parts = template.locales[locale];
  if (!parts) throw new TemplateError('syntax', 'The template lacks its default locale.');
  const { subject, text, html } = compiledLocale(parts);
  const scope = withLink(template, given, budget);
  if (type === 'SMS_OTP') {
    const body = renderPart('sms', text, scope, budget);
    return {
      locale,
      subject: null,
      text: originBoundText(body, template.originDomain, given.code),
      html: null,
    };
  }
  return {
    locale,
    subject: subject && renderPart('subject', subject, scope, budget),
    text: renderPart('text', text, scope, budget),
    html: html && renderPart('html', html, scope, budget),
  };
}

/** The scope of the message's parts: with the link, where the template has one. */
export function withLink(template: Template, scope: TemplateScope, budget: RenderBudget): TemplateScope {
  const link = compiledLink(template);
  return link === null ? scope : { ...scope, link: renderPart('link', link, scope, budget) };
}

function scopeOf(variables: TemplateVariables): TemplateScope {
  const { action } = variables;
  return {
    ...variables,
    action: action && { name: action.name, details: new LenientDetails(action.details ?? {}) },
  };
}
