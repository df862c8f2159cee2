import type { Transaction } from '../../shared/transactor.js';
import type { Author, AuthoredPolicy, Policy, PolicyContent } from '../domain/policy.js';

export type PolicySummary = Pick<Policy, 'id' | 'alias' | 'type' | 'version'>;

export type VersionSummary = Pick<AuthoredPolicy, 'version' | 'alias' | 'updatedAt' | 'author'>;

/** The tenant's policies, deleted ones apart where it does not say otherwise. */
export abstract class PolicyRepository {
  /** Saves version 1; throws `policy-alias-taken`. */
  abstract insert(tx: Transaction, content: PolicyContent, author: Author): Promise<Policy>;

  abstract find(tx: Transaction, id: string): Promise<Policy | undefined>;

  /** As `find`, and nobody else changes the policy before the transaction ends. */
  abstract findForUpdate(tx: Transaction, id: string): Promise<Policy | undefined>;

  /** Saves the next version of what `findForUpdate` returned; throws `policy-alias-taken`. */
  abstract replace(tx: Transaction, before: Policy, content: PolicyContent, author: Author): Promise<Policy>;

  /** Frees the alias and hides the policy; its versions stay. */
  abstract remove(tx: Transaction, id: string): Promise<void>;

  /** The oldest policies, from after an identifier on. */
  abstract list(tx: Transaction, after: string | undefined, limit: number): Promise<readonly PolicySummary[]>;
}
