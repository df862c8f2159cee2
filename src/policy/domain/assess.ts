import type { Finding } from '../../shared/app-error.js';
import { lintTemplate } from '../../template/lint.js';
import { conditionFindings } from './condition-findings.js';
import { guessableBecause } from './guessing.js';
import type { PolicyContent } from './policy.js';
import { templateFindings } from './template-findings.js';

/** What of the tenant a policy is assessed against. */
export interface Surroundings {
  readonly tenant: string;
  /** Segments that one SMS may take. */
  readonly maxSegments: number;
  /** Origins that links may lead to. */
  readonly allowedOrigins: readonly string[];
}

/** Everything that speaks against a policy. */
export interface Assessment {
  /** Values out of bounds, contradictory or without effect. */
  readonly structural: readonly Finding[];
  readonly template: readonly Finding[];
  /** Why its challenges could be guessed, with the arithmetic; null when they could not. */
  readonly guessable: string | null;
}

/** Everything that speaks against saving a policy, found at once; of one that is saved, what has changed around it. */
export function assess(content: PolicyContent, surroundings: Surroundings): Assessment {
  const { type, purpose, conditions, template } = content;
  return {
    structural: [...conditionFindings(type, purpose, conditions), ...templateFindings(type, template)],
    template:
      type === 'TOKEN' || template === null
        ? []
        : lintTemplate(template, {
            ...surroundings,
            type,
            code: conditions.code,
            expiresInSeconds: conditions.expiresInSeconds,
          }),
    guessable: guessableBecause(conditions),
  };
}
