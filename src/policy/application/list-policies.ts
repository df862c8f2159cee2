import { Injectable } from '@nestjs/common';
import type { Caller } from '../../shared/caller.js';
import { Transactor } from '../../shared/transactor.js';
import { type Page, pageOf } from './page.js';
import { PolicyRepository, type PolicySummary } from './policy-repository.js';

/**
 * A page of the tenant's policies, the oldest first. What is created or deleted meanwhile moves nothing else: a
 * policy that is there throughout is on exactly one page.
 */
@Injectable()
export class ListPolicies {
  constructor(
    private readonly transactor: Transactor,
    private readonly policies: PolicyRepository,
  ) {}

  /** `after` is the identifier that the page before ended with. */
  async execute(caller: Caller, after: string | undefined, limit: number): Promise<Page<PolicySummary>> {
    const found = await this.transactor.inTenant(caller.tenant, (tx) =>
      this.policies.list(tx, after, limit + 1),
    );
    return pageOf(found, limit);
  }
}
