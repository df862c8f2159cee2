import { Injectable } from '@nestjs/common';
import { TemplateSource } from '../../delivery/application/template-source.js';
import type { Transaction } from '../../shared/transactor.js';
import type { Template } from '../../template/template.js';
import { PolicyReader } from '../application/policy-reader.js';

/** The worker's view of policies: what to send. */
@Injectable()
export class PolicyTemplateSource extends TemplateSource {
  constructor(private readonly policies: PolicyReader) {
    super();
  }

  async find(tx: Transaction, policyId: string, version: number): Promise<Template | undefined> {
    return (await this.policies.version(tx, policyId, version))?.template ?? undefined;
  }
}
