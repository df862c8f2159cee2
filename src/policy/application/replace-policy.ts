import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail.js';
import { AppError } from '../../shared/app-error.js';
import type { Caller } from '../../shared/caller.js';
import { Transactor } from '../../shared/transactor.js';
import type { Policy, PolicyDraft } from '../domain/policy.js';
import { PolicyChecks } from './policy-checks.js';
import { PolicyRepository } from './policy-repository.js';
import { assertCurrent, type Precondition } from './precondition.js';

/**
 * Replaces a policy whole by its next version; challenges under earlier ones keep them. Demands that the caller
 * says which version it replaces, so that no change is lost.
 */
@Injectable()
export class ReplacePolicy {
  constructor(
    private readonly transactor: Transactor,
    private readonly checks: PolicyChecks,
    private readonly policies: PolicyRepository,
    private readonly auditTrail: AuditTrail,
  ) {}

  async execute(caller: Caller, id: string, draft: PolicyDraft, precondition: Precondition): Promise<Policy> {
    const read = await this.transactor.inOneTrip(caller.tenant, (tx) => this.policies.find(tx, id));
    // What breaks the contract is told first, whichever policy it is about.
    if (draft.malformed.length === 0) assertReplaceable(read, precondition);
    // Before the policy is held: a check takes long, and who waits for the policy would wait for it.
    const content = await this.checks.sound(caller.tenant, draft, read?.type);
    return this.transactor.inTenant(caller.tenant, async (tx) => {
      const before = await this.policies.findForUpdate(tx, id);
      assertReplaceable(before, precondition);
      const after = await this.policies.replace(tx, before, content, caller);
      this.auditTrail.record(tx, {
        event: 'policy.updated',
        actor: caller,
        objectId: id,
        detail: { alias: after.alias, fromVersion: before.version, version: after.version },
      });
      return after;
    });
  }
}

function assertReplaceable(before: Policy | undefined, precondition: Precondition): asserts before is Policy {
  if (!before) throw new AppError('policy-not-found');
  if (!precondition.admits && precondition.version === undefined) throw new AppError('precondition-required');
  assertCurrent(before, precondition);
}
