import type { Settings } from '../../config/domain/configuration.js';
import type { Finding } from '../../shared/app-error.js';
import { conditionFindings } from './condition-findings.js';
import { guessableBecause } from './guessing.js';
import type { PolicyContent } from './policy.js';
import { templateFindings } from './template-findings.js';

/** What of the tenant a policy is assessed against. */
export interface Surroundings {
  readonly tenant: string;
  readonly settings: Pick<Settings, 'email' | 'sms' | 'links'>;
}

/** Everything that speaks against a policy. */
export interface Assessment {
  /** Values out of bounds, contradictory or without effect. */
  readonly structural: readonly Finding[];
  readonly template: readonly Finding[];
  /** Why its challenges could be guessed, with the arithmetic; null when they could not. */
  readonly guessable: string | null;
}

/** Everything but its template that speaks against saving a policy. */
export function assess({ type, purpose, conditions, template }: PolicyContent): Omit<Assessment, 'template'> {
  return {
    structural: [...conditionFindings(type, purpose, conditions), ...templateFindings(type, template)],
    guessable: guessableBecause(conditions),
  };
}
