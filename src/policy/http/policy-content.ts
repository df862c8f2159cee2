import type { Checked, WellFormed } from '../../http/checked-body.js';
import type { ChallengeType, LocaleTemplate, Template } from '../../template/template.js';
import { completed } from '../domain/conditions.js';
import type { PolicyContent, PolicyDraft } from '../domain/policy.js';
import type { CreatePolicyRequest, LocaleTemplateBody, TemplateBody } from './policy.requests.js';

type Readable = WellFormed<CreatePolicyRequest>;

/** What a request says a policy is, in full, and what is wrong with the rest of it. */
export function draftOf({ body, malformed }: Checked<CreatePolicyRequest>): PolicyDraft {
  if (!malformed) return { content: contentOf(body, body.type), malformed: [] };
  const { type, purpose } = body;
  if (type === undefined) return { content: null, malformed };
  // Of a purpose that cannot be read the one is taken that allows more.
  const isReadable = !malformed.some(({ pointer }) => pointer === '/purpose');
  const readable = isReadable ? body : { ...body, purpose: purpose ?? 'ADDRESS_CONFIRMATION' };
  return { content: contentOf(readable, type), malformed };
}

function contentOf(request: Readable, type: ChallengeType): PolicyContent {
  const { alias = '', description, purpose, conditions, template } = request;
  return {
    alias,
    description: description ?? null,
    type,
    purpose: purpose ?? 'ACTION',
    conditions: completed(type, conditions ?? {}),
    template: template ? templateOf(template) : null,
  };
}

/** Locales that cannot be read are one without a text: whatever is said of it is within what was found already. */
function templateOf({ defaultLocale = '', link, originDomain, locales }: WellFormed<TemplateBody>): Template {
  const parts = locales ?? new Map<string, LocaleTemplateBody>([[defaultLocale, {}]]);
  return {
    defaultLocale,
    link: link ?? null,
    originDomain: originDomain ?? null,
    locales: Object.fromEntries([...parts].map(([tag, ofLocale]) => [tag, partsOf(ofLocale)])),
  };
}

/** A text that is missing is an empty one, which lint refuses together with everything else. */
function partsOf({ subject, text = '', html }: LocaleTemplateBody): LocaleTemplate {
  return { text, ...(subject === undefined ? {} : { subject }), ...(html === undefined ? {} : { html }) };
}
