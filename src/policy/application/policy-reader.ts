import type { Transaction } from '../../shared/transactor.js';
import type { Policy } from '../domain/policy.js';

/** Policies, for those who act by them. */
export abstract class PolicyReader {
  /** The current version of the policy with this alias, as of the last change that was answered. */
  abstract byAlias(tx: Transaction, alias: string): Promise<Policy | undefined>;

  /** One version of a policy, deleted policies included: what was issued under it keeps it. */
  abstract version(tx: Transaction, policyId: string, version: number): Promise<Policy | undefined>;
}
