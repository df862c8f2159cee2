import { Injectable } from '@nestjs/common';
import { ConfigurationReader } from '../../config/application/configuration-reader.js';
import { Transactor } from '../../shared/transactor.js';
import type { Surroundings } from '../domain/assess.js';
import type { PolicyContent } from '../domain/policy.js';
import { assertSound } from './assess-policy.js';

/** Whether a policy may be saved in a tenant, as it is configured now. */
@Injectable()
export class PolicyChecks {
  constructor(
    private readonly transactor: Transactor,
    private readonly configurations: ConfigurationReader,
  ) {}

  /** As the function of the same name; to be called outside of transactions, which a check would keep open. */
  async assertSound(tenant: string, content: PolicyContent): Promise<void> {
    await assertSound(content, await this.surroundings(tenant));
  }

  async surroundings(tenant: string): Promise<Surroundings> {
    const settings = await this.transactor.inOneTrip(tenant, (tx) => this.configurations.current(tx));
    return { tenant, settings };
  }
}
