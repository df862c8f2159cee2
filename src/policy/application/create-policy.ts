import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail.js';
import type { Caller } from '../../shared/caller.js';
import { Transactor } from '../../shared/transactor.js';
import type { Policy, PolicyDraft } from '../domain/policy.js';
import { PolicyChecks } from './policy-checks.js';
import { PolicyRepository } from './policy-repository.js';

/** Creates a policy, version 1, if nothing speaks against it and its alias is free. */
@Injectable()
export class CreatePolicy {
  constructor(
    private readonly transactor: Transactor,
    private readonly checks: PolicyChecks,
    private readonly policies: PolicyRepository,
    private readonly auditTrail: AuditTrail,
  ) {}

  async execute(caller: Caller, draft: PolicyDraft): Promise<Policy> {
    const content = await this.checks.sound(caller.tenant, draft);
    return this.transactor.inTenant(caller.tenant, async (tx) => {
      const policy = await this.policies.insert(tx, content, caller);
      const { id, alias, type, version } = policy;
      this.auditTrail.record(tx, {
        event: 'policy.created',
        actor: caller,
        objectId: id,
        detail: { alias, type, version },
      });
      return policy;
    });
  }
}
