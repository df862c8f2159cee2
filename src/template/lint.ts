import type { Finding } from '../shared/app-error.js';
import type { LintContext } from './lint-context.js';
import { lintLink } from './lint-link.js';
import { lintRendered, type Rendering } from './lint-rendered.js';
import { lintLocale, localePointer } from './lint-source.js';
import { isLocaleTag } from './locale.js';
import { isOriginDomain } from './origin-bound-code.js';
import { ownTurn } from './own-turn.js';
import { LINT_LIMITS, MESSAGE_LIMITS, RenderBudget } from './render-budget.js';
import { tagLengths } from './tag-lengths.js';
import type { Template } from './template.js';

const MAX_LOCALES = 50;
/** Of all parts together. */
const MAX_TAGS = 800;
const MAX_TAG_CHARACTERS = 12_000;

/**
 * Everything that is wrong with a template, by JSON pointer from the policy: what cannot be parsed or rendered,
 * variables that do not exist, a code or link that is not shown, an SMS that may take too many segments, a
 * subject over several lines, a link to where the configuration does not allow. Takes a turn of the event loop for
 * each locale, so that a long check holds nobody else up.
 */
export async function lintTemplate(template: Template, context: LintContext): Promise<readonly Finding[]> {
  const tags = Object.keys(template.locales);
  const general = [...lintTags(tags, template.defaultLocale), ...lintOriginDomain(template.originDomain)];
  const amount = amountFinding(template);
  if (amount) return [...general, amount];
  const whole = new RenderBudget(LINT_LIMITS);
  const message = (): Rendering => ({ template, context, budget: new RenderBudget(MESSAGE_LIMITS, whole) });
  await ownTurn();
  const found = [...general, ...lintLink(message())];
  for (const tag of tags.slice(0, MAX_LOCALES)) {
    await ownTurn();
    const { findings, soundParts } = lintLocale(template, tag, context);
    found.push(...findings, ...lintRendered(message(), soundParts));
  }
  return found;
}

function amountFinding({ link, locales }: Template): Finding | null {
  const sources = [
    link,
    ...Object.values(locales).flatMap(({ subject, text, html }) => [subject, text, html]),
  ];
  const lengths = sources.flatMap((source) => tagLengths(source ?? ''));
  const characters = lengths.reduce((sum, length) => sum + length, 0);
  if (lengths.length <= MAX_TAGS && characters <= MAX_TAG_CHARACTERS) return null;
  const detail = `It has ${lengths.length} tags of ${characters} characters; ${MAX_TAGS} and ${MAX_TAG_CHARACTERS} are allowed.`;
  return finding('/template', 'too-complex', detail);
}

function lintTags(tags: readonly string[], defaultLocale: string): Finding[] {
  const lowerCase = tags.map((tag) => tag.toLowerCase());
  return [
    ...tags
      .filter((tag) => !isLocaleTag(tag))
      .map((tag) => finding(localePointer(tag), 'locale-invalid', 'The name is not a BCP 47 language tag.')),
    ...tags
      .filter((_tag, index) => lowerCase.indexOf(lowerCase[index] ?? '') !== index)
      .map((tag) => finding(localePointer(tag), 'duplicate', 'The locale is there in other letter case.')),
    ...(tags.length > MAX_LOCALES
      ? [finding('/template/locales', 'too-many', `At most ${MAX_LOCALES} locales are allowed.`)]
      : []),
    ...(tags.includes(defaultLocale)
      ? []
      : [
          finding(
            '/template/defaultLocale',
            'locale-missing',
            'The default locale must be one of the locales.',
          ),
        ]),
  ];
}

function lintOriginDomain(domain: string | null): Finding[] {
  return domain === null || isOriginDomain(domain)
    ? []
    : [
        finding(
          '/template/originDomain',
          'domain-invalid',
          'It must be a domain name in lower case, without scheme, port or path.',
        ),
      ];
}

function finding(pointer: string, code: string, detail: string): Finding {
  return { pointer, code, detail };
}
