import { Injectable } from '@nestjs/common';
import { AppError } from '../../shared/app-error.js';
import type { Caller } from '../../shared/caller.js';
import { Transactor } from '../../shared/transactor.js';
import type { Policy } from '../domain/policy.js';
import { PolicyRepository } from './policy-repository.js';

/** The current version of a policy. */
@Injectable()
export class GetPolicy {
  constructor(
    private readonly transactor: Transactor,
    private readonly policies: PolicyRepository,
  ) {}

  async execute(caller: Caller, id: string): Promise<Policy> {
    const policy = await this.transactor.inOneTrip(caller.tenant, (tx) => this.policies.find(tx, id));
    if (!policy) throw new AppError('policy-not-found');
    return policy;
  }
}
