import type { Transaction } from '../../shared/transactor.js';
import type { AuthoredPolicy } from '../domain/policy.js';
import type { VersionSummary } from './policy-repository.js';

/** Every version that a policy ever had and who made it, of deleted policies too. */
export abstract class PolicyHistory {
  /** The newest versions, from before a version on; none when there is no such policy. */
  abstract list(
    tx: Transaction,
    policyId: string,
    before: number | undefined,
    limit: number,
  ): Promise<readonly VersionSummary[]>;

  abstract find(tx: Transaction, policyId: string, version: number): Promise<AuthoredPolicy | undefined>;
}
