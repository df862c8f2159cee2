import { type OutputKind, type ParsedText, parseText } from './liquid-engine.js';
import type { LocaleTemplate, Template } from './template.js';

export interface CompiledLocale {
  readonly subject: ParsedText | null;
  readonly text: ParsedText;
  readonly html: ParsedText | null;
}

const locales = new WeakMap<LocaleTemplate, CompiledLocale>();
const links = new WeakMap<Template, ParsedText>();

/** The parts of one locale, parsed once for as long as the template is held. Throws a TemplateError. */
export function compiledLocale(parts: LocaleTemplate): CompiledLocale {
  const known = locales.get(parts);
  if (known) return known;
  const compiled = {
    subject: parsed(parts.subject, 'plain'),
    text: parseText(parts.text, 'plain'),
    html: parsed(parts.html, 'html'),
  };
  locales.set(parts, compiled);
  return compiled;
}

/** The link of an EMAIL_LINK template, parsed once; null where there is none. Throws a TemplateError. */
export function compiledLink(template: Template): ParsedText | null {
  if (template.link === null) return null;
  const known = links.get(template);
  if (known) return known;
  const compiled = parseText(template.link, 'url');
  links.set(template, compiled);
  return compiled;
}

function parsed(source: string | undefined, kind: OutputKind): ParsedText | null {
  return source === undefined ? null : parseText(source, kind);
}
