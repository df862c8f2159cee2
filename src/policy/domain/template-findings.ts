import { escapePointer } from '../../shared/json-pointer.js';
import type { Finding } from '../../shared/app-error.js';
import type { ChallengeType, Template } from '../../template/template.js';

/** Parts of a template that its type has no use for, and a template that is missing or should be. */
export function templateFindings(type: ChallengeType, template: Template | null): readonly Finding[] {
  if (template === null)
    return type === 'TOKEN'
      ? []
      : [{ pointer: '/template', code: 'required', detail: `${type} needs a template.` }];
  if (type === 'TOKEN') return [notApplicable('/template', 'TOKEN challenges are not delivered.')];
  return [
    ...(template.link !== null && type !== 'EMAIL_LINK'
      ? [notApplicable('/template/link', 'Only EMAIL_LINK has a link.')]
      : []),
    ...(template.originDomain !== null && type !== 'SMS_OTP'
      ? [notApplicable('/template/originDomain', 'Only SMS_OTP binds its code to an origin.')]
      : []),
    ...(type === 'SMS_OTP' ? beyondText(template) : []),
  ];
}

function beyondText({ locales }: Template): Finding[] {
  return Object.entries(locales).flatMap(([tag, parts]) =>
    (['subject', 'html'] as const)
      .filter((part) => parts[part] !== undefined)
      .map((part) =>
        notApplicable(`/template/locales/${escapePointer(tag)}/${part}`, 'An SMS has text alone.'),
      ),
  );
}

function notApplicable(pointer: string, detail: string): Finding {
  return { pointer, code: 'not-applicable', detail };
}
