import { Injectable } from '@nestjs/common';
import { IdentityIndex } from '../crypto/identity-index.js';
import { granted } from '../domain/decision.js';
import { Admission, type CreateChallengeCommand } from './admission.js';
import { ChallengeIssuer, type IssuedChallenge } from './challenge-issuer.js';
import type { Answered, CoreRequest } from './core-request.js';
import { TenantRules } from './tenant-rules.js';
import { UnitOfWork } from './unit-of-work.js';

/** Issues a challenge under a named policy; its message is in the outbox when this returns, not yet sent. */
@Injectable()
export class CreateChallenge {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly tenantRules: TenantRules,
    private readonly index: IdentityIndex,
    private readonly admission: Admission,
    private readonly issuer: ChallengeIssuer,
  ) {}

  async execute(request: CoreRequest, command: CreateChallengeCommand): Promise<Answered<IssuedChallenge>> {
    const { caller } = request;
    const by = { ...caller, endUser: this.index.ofEndUser(caller.tenant, command.client) };
    return this.unitOfWork.runOn(
      request,
      (tx) => this.tenantRules.underAlias(tx, command.policyAlias),
      async (tx, rules) => {
        const admitted = await this.admission.admit(tx, by, rules, command);
        return admitted.ok ? granted(this.issuer.issue(tx, by, command, admitted.value)) : admitted;
      },
    );
  }
}
