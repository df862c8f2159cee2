import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail.js';
import { AppError } from '../../shared/app-error.js';
import type { Caller } from '../../shared/caller.js';
import { Transactor } from '../../shared/transactor.js';
import { PolicyRepository } from './policy-repository.js';
import { assertCurrent, type Precondition } from './precondition.js';

/** Deletes a policy: nothing new is issued under it, what was issued goes on, its alias is free. */
@Injectable()
export class DeletePolicy {
  constructor(
    private readonly transactor: Transactor,
    private readonly policies: PolicyRepository,
    private readonly auditTrail: AuditTrail,
  ) {}

  async execute(caller: Caller, id: string, precondition: Precondition): Promise<void> {
    await this.transactor.inTenant(caller.tenant, async (tx) => {
      const policy = await this.policies.findForUpdate(tx, id);
      if (!policy) throw new AppError('policy-not-found');
      assertCurrent(policy, precondition);
      await this.policies.remove(tx, id);
      this.auditTrail.record(tx, {
        event: 'policy.deleted',
        actor: caller,
        objectId: id,
        detail: { alias: policy.alias, version: policy.version },
      });
    });
  }
}
