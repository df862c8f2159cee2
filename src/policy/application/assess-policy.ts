import { AppError, type Finding } from '../../shared/app-error.js';
import { together } from '../../shared/findings.js';
import { lintTemplate } from '../../template/lint.js';
import type { ChallengeType } from '../../template/template.js';
import { assess, type Assessment, type Surroundings } from '../domain/assess.js';
import type { PolicyContent, PolicyDraft } from '../domain/policy.js';

/**
 * The content of a draft that nothing speaks against. Throws `request-invalid`, `policy-type-fixed` where the policy
 * has another type, `template-invalid` or `policy-unsafe`, the first that applies, with every finding.
 */
export async function sound(
  { content, malformed }: PolicyDraft,
  surroundings: Surroundings,
  fixedType?: ChallengeType,
): Promise<PolicyContent> {
  const isRetyped = content !== null && fixedType !== undefined && content.type !== fixedType;
  // Of another type than it has, or of one that cannot be read, nothing else can be said of a policy.
  if (content === null || isRetyped) throw misTyped(malformed, isRetyped ? fixedType : undefined);
  const { structural, template, guessable } = await assessPolicy(content, surroundings);
  const unsafe =
    guessable === null ? [] : [{ pointer: '/conditions', code: 'policy-unsafe', detail: guessable }];
  const errors = together(malformed, [...structural, ...template, ...unsafe]);
  if (malformed.length + structural.length > 0) throw new AppError('request-invalid', { errors });
  if (template.length > 0) throw new AppError('template-invalid', { errors });
  if (guessable !== null) throw new AppError('policy-unsafe', { detail: guessable, errors });
  return content;
}

/**
 * Everything that speaks against saving a policy, found at once; of one that is saved, what has changed around it.
 * Takes several turns of the event loop: nothing is locked meanwhile.
 */
export async function assessPolicy(
  content: PolicyContent,
  { tenant, settings: { sms, links } }: Surroundings,
): Promise<Assessment> {
  const { type, conditions, template } = content;
  return {
    ...assess(content),
    template:
      type === 'TOKEN' || template === null
        ? []
        : await lintTemplate(template, {
            type,
            tenant,
            code: conditions.code,
            expiresInSeconds: conditions.expiresInSeconds,
            maxSegments: sms.maxSegments,
            allowedOrigins: links.allowedOrigins,
          }),
  };
}

function misTyped(malformed: readonly Finding[], fixedType: ChallengeType | undefined): AppError {
  if (fixedType === undefined) return new AppError('request-invalid', { errors: malformed });
  const detail = `The policy is of type ${fixedType}.`;
  const errors = together(malformed, [{ pointer: '/type', code: 'policy-type-fixed', detail }]);
  return malformed.length > 0
    ? new AppError('request-invalid', { errors })
    : new AppError('policy-type-fixed', { detail, errors });
}
