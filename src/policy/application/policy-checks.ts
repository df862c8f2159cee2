import { Injectable } from '@nestjs/common';
import { ConfigurationReader } from '../../config/application/configuration-reader.js';
import { Transactor } from '../../shared/transactor.js';
import type { ChallengeType } from '../../template/template.js';
import type { Surroundings } from '../domain/assess.js';
import type { PolicyContent, PolicyDraft } from '../domain/policy.js';
import { sound } from './assess-policy.js';

/** Whether a policy may be saved in a tenant, as it is configured now. */
@Injectable()
export class PolicyChecks {
  constructor(
    private readonly transactor: Transactor,
    private readonly configurations: ConfigurationReader,
  ) {}

  /** As the function of the same name; to be called outside of transactions, which a check would keep open. */
  async sound(tenant: string, draft: PolicyDraft, fixedType?: ChallengeType): Promise<PolicyContent> {
    return sound(draft, await this.surroundings(tenant), fixedType);
  }

  async surroundings(tenant: string): Promise<Surroundings> {
    const settings = await this.transactor.inOneTrip(tenant, (tx) => this.configurations.current(tx));
    return { tenant, settings };
  }
}
