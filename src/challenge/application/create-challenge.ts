import { Injectable } from '@nestjs/common';
import { requiredVariables } from '../../template/required-variables.js';
import { IdentityIndex } from '../crypto/identity-index.js';
import { granted, refused } from '../domain/decision.js';
import { admit, type IssueRequest } from '../domain/issue.js';
import { ChallengeIssuer, type IssuedChallenge } from './challenge-issuer.js';
import type { Answered, CoreRequest, EndUser } from './core-request.js';
import { Places } from './places.js';
import { TenantRules } from './tenant-rules.js';
import { UnitOfWork } from './unit-of-work.js';

export interface CreateChallengeCommand extends IssueRequest {
  readonly client?: EndUser;
}

/** Issues a challenge under a named policy; its message is in the outbox when this returns, not yet sent. */
@Injectable()
export class CreateChallenge {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly tenantRules: TenantRules,
    private readonly index: IdentityIndex,
    private readonly places: Places,
    private readonly issuer: ChallengeIssuer,
  ) {}

  async execute(request: CoreRequest, command: CreateChallengeCommand): Promise<Answered<IssuedChallenge>> {
    const { caller } = request;
    return this.unitOfWork.run(request, async (tx) => {
      const rules = await this.tenantRules.underAlias(tx, command.policyAlias);
      if (!rules)
        return refused('policy-unknown', { detail: `No policy has the alias "${command.policyAlias}".` });
      const { policy, configuration } = rules;
      const admitted = admit(
        command,
        policy,
        configuration,
        policy.template ? requiredVariables(policy.template) : [],
      );
      if (!admitted.ok) return admitted;
      const recipient = admitted.value;
      const recipientIndex = recipient && this.index.ofRecipient(caller.tenant, recipient);
      const place = await this.places.take(tx, caller, rules, { ...command, recipientIndex });
      return place.ok
        ? granted(this.issuer.issue(tx, caller, rules, command, recipient, recipientIndex))
        : place;
    });
  }
}
