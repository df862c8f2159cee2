import { Injectable } from '@nestjs/common';
import { AppError } from '../../shared/app-error.js';
import type { Caller } from '../../shared/caller.js';
import { Transactor } from '../../shared/transactor.js';
import { type Page, pageOf } from './page.js';
import { PolicyHistory } from './policy-history.js';
import type { VersionSummary } from './policy-repository.js';

/** A page of a policy's versions, the newest first; a deleted policy's too. */
@Injectable()
export class ListPolicyVersions {
  constructor(
    private readonly transactor: Transactor,
    private readonly history: PolicyHistory,
  ) {}

  /** `before` is the version that the page before ended with. */
  async execute(
    caller: Caller,
    policyId: string,
    before: number | undefined,
    limit: number,
  ): Promise<Page<VersionSummary>> {
    const found = await this.transactor.inTenant(caller.tenant, (tx) =>
      this.history.list(tx, policyId, before, limit + 1),
    );
    // Version 1 is never gone, so that a list begins empty for unknown policies alone.
    if (found.length === 0 && before === undefined) throw new AppError('policy-not-found');
    return pageOf(found, limit);
  }
}
