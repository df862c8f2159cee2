import { Injectable } from '@nestjs/common';
import { AppError, type Finding } from '../../shared/app-error.js';
import type { Caller } from '../../shared/caller.js';
import { together } from '../../shared/findings.js';
import { type Transaction, Transactor } from '../../shared/transactor.js';
import { requiredVariables } from '../../template/required-variables.js';
import { examine, type ReadableRequest } from '../domain/request-findings.js';
import { unknownPolicy } from './admission.js';
import { TenantRules } from './tenant-rules.js';

/** What of a request for a challenge is well-formed. */
export interface MalformedRequest extends ReadableRequest {
  readonly policyAlias?: string | undefined;
}

/**
 * Refuses a request that is not well-formed as `request-invalid`, with everything else that is wrong with it under
 * its policy. Nothing is written, its idempotency key included: corrected, it may come with the same.
 */
@Injectable()
export class RefuseChallenge {
  constructor(
    private readonly transactor: Transactor,
    private readonly tenantRules: TenantRules,
  ) {}

  async execute(
    { tenant }: Caller,
    request: MalformedRequest,
    malformed: readonly Finding[],
  ): Promise<never> {
    const found = await this.transactor.inTenant(tenant, (tx) => this.findingsIn(tx, request));
    throw new AppError('request-invalid', { errors: together(malformed, found) });
  }

  private async findingsIn(tx: Transaction, request: MalformedRequest): Promise<readonly Finding[]> {
    const { policyAlias } = request;
    if (policyAlias === undefined) return [];
    const rules = await this.tenantRules.underAlias(tx, policyAlias);
    if (!rules) return [unknownPolicy(policyAlias)];
    const { policy, configuration } = rules;
    const required = policy.template ? requiredVariables(policy.template) : [];
    return examine(request, policy, configuration, required).findings;
  }
}
