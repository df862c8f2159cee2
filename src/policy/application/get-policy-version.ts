import { Injectable } from '@nestjs/common';
import { AppError } from '../../shared/app-error.js';
import type { Caller } from '../../shared/caller.js';
import { Transactor } from '../../shared/transactor.js';
import type { AuthoredPolicy } from '../domain/policy.js';
import { PolicyHistory } from './policy-history.js';

/** One version of a policy and who made it; a deleted policy's too. */
@Injectable()
export class GetPolicyVersion {
  constructor(
    private readonly transactor: Transactor,
    private readonly history: PolicyHistory,
  ) {}

  async execute(caller: Caller, policyId: string, version: number): Promise<AuthoredPolicy> {
    const policy = await this.transactor.inTenant(caller.tenant, (tx) =>
      this.history.find(tx, policyId, version),
    );
    if (!policy) throw new AppError('policy-not-found');
    return policy;
  }
}
