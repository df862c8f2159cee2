import type { Finding } from '../shared/app-error.js';
import { type OutputKind, type ParsedText, parseText } from './liquid-engine.js';
import { TemplateError } from './template-error.js';
import type { DeliveredType } from './template.js';
import { type VariableUse, variablesOf } from './variables-of.js';

const COMMON = ['challengeId', 'expiresInMinutes', 'action', 'tenant', 'variables'];

/** What each type's messages may speak of. */
const NAMES: Readonly<Record<DeliveredType | 'link', readonly string[]>> = {
  EMAIL_OTP: ['code', ...COMMON],
  SMS_OTP: ['code', ...COMMON],
  EMAIL_LINK: ['link', 'token', ...COMMON],
  link: ['token', ...COMMON],
};

/** A part that could be parsed, or what is wrong with it. */
export interface LintedPart {
  readonly parsed?: ParsedText;
  readonly findings: readonly Finding[];
}

/** Parses a part and looks at every variable that it names, in whatever branch. */
export function lintPart(
  pointer: string,
  source: string,
  kind: OutputKind,
  names: keyof typeof NAMES,
): LintedPart {
  try {
    const parsed = parseText(source, kind);
    const findings = variablesOf(parsed).flatMap((use) => {
      const detail = objectionTo(use, NAMES[names]);
      const at = ` (line ${use.line}, column ${use.column})`;
      return detail === null ? [] : [{ pointer, code: 'unknown-variable', detail: detail + at }];
    });
    return { parsed, findings };
  } catch (error) {
    return { findings: [templateFinding(pointer, error)] };
  }
}

/** A TemplateError as a finding; anything else is a defect and thrown on. */
export function templateFinding(pointer: string, error: unknown): Finding {
  if (!(error instanceof TemplateError)) throw error;
  return { pointer, code: error.code, detail: error.message };
}

function objectionTo({ path, name }: VariableUse, names: readonly string[]): string | null {
  const [root, property, ...deeper] = path;
  if (typeof root !== 'string' || !names.includes(root))
    return `"${name}" is not a variable here; there are ${names.join(', ')}.`;
  if (root === 'variables' && (typeof property !== 'string' || deeper.length > 0))
    return `"${name}" must name one of the variables that a caller gives, such as "variables.name".`;
  if (root !== 'variables' && root !== 'action' && property !== undefined)
    return `"${name}": ${root} has no parts.`;
  if (root === 'action' && property === 'name' && deeper.length > 0)
    return `"${name}": action.name has no parts.`;
  if (root === 'action' && property !== undefined && property !== 'name' && property !== 'details')
    return `"${name}" is not part of an action; there are action.name and action.details.`;
  return null;
}
