import type { Transaction } from '../../shared/transactor.js';
import type { Template } from '../../template/template.js';

/** The templates of policy versions. Versions never change, so what is found may be kept. */
export abstract class TemplateSource {
  /** The template of one version of the tenant's policy; undefined when there is none. */
  abstract find(tx: Transaction, policyId: string, version: number): Promise<Template | undefined>;
}
