import { Injectable } from '@nestjs/common';
import { ConfigurationReader } from '../../config/application/configuration-reader.js';
import type { Configuration } from '../../config/domain/configuration.js';
import { PolicyReader } from '../../policy/application/policy-reader.js';
import type { Policy } from '../../policy/domain/policy.js';
import type { Transaction } from '../../shared/transactor.js';
import type { Challenge } from '../domain/challenge.js';

/** What decides about a challenge, read at one moment. */
export interface Rules {
  readonly policy: Policy;
  readonly configuration: Configuration;
}

/** Reads what the tenant's administrators have set. */
@Injectable()
export class TenantRules {
  constructor(
    private readonly policies: PolicyReader,
    private readonly configurations: ConfigurationReader,
  ) {}

  /** The rules under a policy's alias; undefined when no policy has it. */
  async underAlias(tx: Transaction, alias: string): Promise<Rules | undefined> {
    const [policy, configuration] = await Promise.all([
      this.policies.byAlias(tx, alias),
      this.configurations.current(tx),
    ]);
    return policy && { policy, configuration };
  }

  /** The rules that an issued challenge lives by: its own version of the policy, and today's configuration. */
  async ofChallenge(tx: Transaction, { policy: { id, version } }: Challenge): Promise<Rules> {
    const [policy, configuration] = await Promise.all([
      this.policies.version(tx, id, version),
      this.configurations.current(tx),
    ]);
    if (!policy) throw new Error(`Version ${version} of policy ${id} is gone while a challenge lives by it`);
    return { policy, configuration };
  }
}
