import { type Emitter, toValueSync } from 'liquidjs';
import { contextFor } from './liquid-context.js';
import { asTemplateError, type ParsedText } from './liquid-engine.js';
import type { RenderBudget } from './render-budget.js';
import { TemplateError } from './template-error.js';

/** Everything a template may name, under the names it uses. */
export interface TemplateScope {
  readonly code?: string;
  readonly token?: string;
  readonly link?: string;
  readonly challengeId: string;
  readonly expiresInMinutes: number;
  readonly action: object | null;
  readonly tenant: string;
  readonly variables: object;
}

interface PartRules {
  /** In characters; more than a template without loops makes of the longest values a caller may send. */
  readonly maxLength: number;
  readonly clean: (text: string) => string;
}

const PARTS = {
  link: { maxLength: 50_000, clean: (text) => text.trim() },
  subject: { maxLength: 50_000, clean: oneLine },
  sms: { maxLength: 50_000, clean: printable },
  text: { maxLength: 50_000, clean: printable },
  html: { maxLength: 100_000, clean: printable },
} as const satisfies Record<string, PartRules>;

export type PartName = keyof typeof PARTS;

/** Renders one part. Throws a TemplateError when it asks for what is not there or does too much. */
export function renderPart(
  name: PartName,
  part: ParsedText,
  scope: TemplateScope,
  budget: RenderBudget,
): string {
  const { maxLength, clean } = PARTS[name];
  const output = new BoundedOutput(maxLength, budget);
  try {
    const context = contextFor(scope, part.engine, budget);
    toValueSync(part.engine.renderer.renderTemplates([...part.templates], context, output));
  } catch (error) {
    throw asTemplateError(error, 'unprintable');
  }
  return clean(output.buffer);
}

/** Collects what is rendered, up to a bound. */
class BoundedOutput implements Emitter {
  buffer = '';

  constructor(
    private readonly maxLength: number,
    private readonly budget: RenderBudget,
  ) {}

  write(text: string): void {
    if (this.buffer.length + text.length > this.maxLength)
      throw new TemplateError('too-large', `It renders more than ${this.maxLength} characters.`);
    this.budget.write(text.length);
    this.buffer += text;
  }
}

/** A subject's longest, in characters. */
const MAX_SUBJECT_LENGTH = 250;

/** One line, since a line break would begin another header (RFC 5322, section 2.2). */
function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  return line.length <= MAX_SUBJECT_LENGTH ? line : Array.from(line).slice(0, MAX_SUBJECT_LENGTH).join('');
}

/** Without control characters but for line breaks and tabs. */
export function printable(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/(?![\n\t])\p{Cc}/gu, '');
}
