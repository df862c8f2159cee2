import type { LocaleTemplate, Template } from '../../template/template.js';
import { completed } from '../domain/conditions.js';
import type { PolicyContent } from '../domain/policy.js';
import type { CreatePolicyRequest, LocaleTemplateBody, TemplateBody } from './policy.requests.js';

/** What a request says a policy is, in full. */
export function contentOf(request: CreatePolicyRequest): PolicyContent {
  const { alias, description, type, purpose, conditions, template } = request;
  return {
    alias,
    description: description ?? null,
    type,
    purpose: purpose ?? 'ACTION',
    conditions: completed(type, conditions ?? {}),
    template: template ? templateOf(template) : null,
  };
}

function templateOf({ defaultLocale, link, originDomain, locales }: TemplateBody): Template {
  return {
    defaultLocale,
    link: link ?? null,
    originDomain: originDomain ?? null,
    locales: Object.fromEntries([...locales].map(([tag, parts]) => [tag, partsOf(parts)])),
  };
}

/** A text that is missing is an empty one, which lint refuses together with everything else. */
function partsOf({ subject, text = '', html }: LocaleTemplateBody): LocaleTemplate {
  return { text, ...(subject === undefined ? {} : { subject }), ...(html === undefined ? {} : { html }) };
}
