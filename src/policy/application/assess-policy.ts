import { AppError } from '../../shared/app-error.js';
import { lintTemplate } from '../../template/lint.js';
import { assess, type Assessment, type Surroundings } from '../domain/assess.js';
import type { PolicyContent } from '../domain/policy.js';

/** Throws `request-invalid`, `template-invalid` or `policy-unsafe`, the first that applies, with every finding. */
export async function assertSound(content: PolicyContent, surroundings: Surroundings): Promise<void> {
  const { structural, template, guessable } = await assessPolicy(content, surroundings);
  const unsafe =
    guessable === null ? [] : [{ pointer: '/conditions', code: 'policy-unsafe', detail: guessable }];
  const errors = [...structural, ...template, ...unsafe];
  if (structural.length > 0) throw new AppError('request-invalid', { errors });
  if (template.length > 0) throw new AppError('template-invalid', { errors });
  if (guessable !== null) throw new AppError('policy-unsafe', { detail: guessable, errors });
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
