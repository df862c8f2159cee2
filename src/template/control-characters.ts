import type { Finding } from '../shared/app-error.js';
import { escapePointer } from '../shared/json-pointer.js';
import { compiledLocale } from './compiled-template.js';
import type { Template } from './template.js';
import { variablesOf } from './variables-of.js';

/** What a caller gives a template, as far as it can be read; see `TemplateVariables`. */
export interface GivenValues {
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined;
  readonly action?:
    | {
        readonly name?: string | undefined;
        readonly details?: Readonly<Record<string, unknown>> | undefined;
      }
    | undefined;
}

/** Line breaks and tabs belong into texts. */
const CONTROL = /(?![\t\n\r])\p{Cc}/u;
/** Nothing that ends or folds a header belongs into one (RFC 5322, section 2.2). */
const CONTROL_IN_HEADER = /[\p{Cc}\u2028\u2029]/u;

/** Values with control characters that no message shows, or with line breaks where they reach a header: the subject. */
export function controlCharacterFindings(
  template: Template,
  { variables = {}, action }: GivenValues,
): readonly Finding[] {
  const inHeader = namesInSubjects(template);
  return [
    ...Object.entries(variables).flatMap(([name, text]) =>
      findingsIn(text, `/variables/${escapePointer(name)}`, inHeader.has(`variables.${name}`)),
    ),
    ...findingsIn(action?.name, '/action/name', inHeader.has('action.name')),
    ...(inHeader.has('action.details') ? findingsIn(action?.details, '/action/details', true) : []),
  ];
}

function findingsIn(value: unknown, pointer: string, inHeader: boolean): readonly Finding[] {
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, member]) =>
      findingsIn(member, `${pointer}/${escapePointer(key)}`, inHeader),
    );
  if (typeof value !== 'string' || !(inHeader ? CONTROL_IN_HEADER : CONTROL).test(value)) return [];
  const detail = inHeader
    ? 'it stands in the subject, and has a line break or another control character'
    : 'it has a control character';
  return [{ pointer, code: 'control-character', detail }];
}

const known = new WeakMap<Template, ReadonlySet<string>>();

/** What the subjects of a template name, such as `variables.name`, `action.name` and `action.details`. */
function namesInSubjects(template: Template): ReadonlySet<string> {
  const answer = known.get(template);
  if (answer) return answer;
  const uses = Object.values(template.locales).flatMap((parts) => {
    const { subject } = compiledLocale(parts);
    return subject ? variablesOf(subject) : [];
  });
  const names = new Set(uses.map(({ path: [root, property] }) => `${root}.${property}`));
  known.set(template, names);
  return names;
}
