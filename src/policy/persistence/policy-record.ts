import type { ChallengeType, Template } from '../../template/template.js';
import type { Conditions } from '../domain/conditions.js';
import type { AuthoredPolicy, Policy, Purpose } from '../domain/policy.js';

/** What `SELECT_POLICY` yields: a policy joined with one of its versions. */
export interface PolicyRecord {
  readonly id: string;
  readonly type: ChallengeType;
  readonly created_at: Date;
  readonly version: number;
  readonly alias: string;
  readonly description: string | null;
  readonly purpose: Purpose;
  readonly conditions: Conditions;
  readonly template: Template | null;
  readonly updated_at: Date;
  readonly created_by_issuer: string;
  readonly created_by_client: string;
}

export const POLICY_COLUMNS = `p.id, p.type, p.created_at, v.version, v.alias, v.description, v.purpose, v.conditions,
  v.template, v.created_at AS updated_at, v.created_by_issuer, v.created_by_client`;

export function policyOf(record: PolicyRecord): Policy {
  return {
    id: record.id,
    version: record.version,
    alias: record.alias,
    description: record.description,
    type: record.type,
    purpose: record.purpose,
    conditions: record.conditions,
    template: record.template,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
  };
}

export function authoredPolicyOf(record: PolicyRecord): AuthoredPolicy {
  return {
    ...policyOf(record),
    author: { issuer: record.created_by_issuer, client: record.created_by_client },
  };
}
