import { escapePointer } from '../shared/json-pointer.js';
import type { Finding } from '../shared/app-error.js';
import type { OutputKind, ParsedText } from './liquid-engine.js';
import type { LintContext } from './lint-context.js';
import { lintPart } from './lint-part.js';
import type { PartName } from './render-part.js';
import type { LocaleTemplate, Template } from './template.js';

interface PartSource {
  readonly name: PartName;
  readonly pointer: string;
  readonly kind: OutputKind;
  readonly source: string;
}

/** A part whose source has nothing wrong, so that it can be rendered. */
export interface SoundPart {
  readonly name: PartName;
  readonly pointer: string;
  readonly parsed: ParsedText;
}

/** What the sources of one locale are, and what is wrong with them. */
export interface LintedLocale {
  readonly findings: readonly Finding[];
  readonly soundParts: readonly SoundPart[];
}

/** Looks at one locale's parts without rendering them. */
export function lintLocale(template: Template, tag: string, { type }: LintContext): LintedLocale {
  const parts = template.locales[tag] ?? { text: '' };
  const pointer = localePointer(tag);
  const linted = sourcesOf(parts, pointer, type === 'SMS_OTP').map((part) => ({
    ...part,
    ...lintPart(part.pointer, part.source, part.kind, type),
  }));
  return {
    findings: [
      ...lintPresence(parts, pointer, type === 'SMS_OTP'),
      ...linted.flatMap(({ findings }) => findings),
    ],
    soundParts: linted.flatMap(({ name, pointer: at, parsed, findings }) =>
      parsed && findings.length === 0 ? [{ name, pointer: at, parsed }] : [],
    ),
  };
}

export function localePointer(tag: string): string {
  return `/template/locales/${escapePointer(tag)}`;
}

function sourcesOf({ subject, text, html }: LocaleTemplate, pointer: string, sms: boolean): PartSource[] {
  const sources = [
    { name: 'subject', pointer: `${pointer}/subject`, kind: 'plain', source: subject },
    { name: sms ? 'sms' : 'text', pointer: `${pointer}/text`, kind: 'plain', source: text },
    { name: 'html', pointer: `${pointer}/html`, kind: 'html', source: html },
  ] as const;
  return sources.flatMap(({ source, ...part }) =>
    source === undefined || isBlank(source) ? [] : [{ ...part, source }],
  );
}

function lintPresence({ subject, text, html }: LocaleTemplate, pointer: string, sms: boolean): Finding[] {
  const findings: Finding[] = [];
  if (isBlank(text)) {
    const detail = html ? 'A message with HTML needs the same in plain text.' : 'The text is missing.';
    findings.push({ pointer: `${pointer}/text`, code: 'text-missing', detail });
  }
  if (!sms && isBlank(subject)) {
    const detail = 'An e-mail needs a subject.';
    findings.push({ pointer: `${pointer}/subject`, code: 'subject-missing', detail });
  }
  if (subject !== undefined && /[\p{Cc}\u2028\u2029]/u.test(subject)) {
    const detail = 'A subject is one line without control characters.';
    findings.push({ pointer: `${pointer}/subject`, code: 'header-injection', detail });
  }
  return findings;
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}
