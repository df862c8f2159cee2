import type { Finding } from '../../shared/app-error.js';
import type { ChallengeType, Template } from '../../template/template.js';
import type { Conditions } from './conditions.js';

/** What a policy's challenges are for; the second alone allows EMAIL_LINK lives over ten minutes. */
export type Purpose = 'ACTION' | 'ADDRESS_CONFIRMATION';

/** What an administrator says in a policy, its conditions complete. */
export interface PolicyContent {
  readonly alias: string;
  readonly description: string | null;
  readonly type: ChallengeType;
  readonly purpose: Purpose;
  readonly conditions: Conditions;
  /** Null for TOKEN alone. */
  readonly template: Template | null;
}

/** A policy that somebody asks for, and what in the asking is malformed. */
export interface PolicyDraft {
  /**
   * A default stands for what is malformed: that can be assessed and must not be saved. Null when not even the type
   * can be read, on which everything else depends.
   */
  readonly content: PolicyContent | null;
  readonly malformed: readonly Finding[];
}

/** One version of the tenant's named rules for a challenge; versions never change. */
export interface Policy extends PolicyContent {
  readonly id: string;
  readonly version: number;
  /** When the first version was made. */
  readonly createdAt: Date;
  /** When this version was made. */
  readonly updatedAt: Date;
}

/** Who made a version. */
export interface Author {
  readonly issuer: string;
  readonly client: string;
}

/** A version as the history shows it. */
export interface AuthoredPolicy extends Policy {
  readonly author: Author;
}
