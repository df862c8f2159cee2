import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { brokenUniqueConstraint } from '../../database/database-errors.js';
import { AppError } from '../../shared/app-error.js';
import type { Transaction } from '../../shared/transactor.js';
import { PolicyRepository, type PolicySummary } from '../application/policy-repository.js';
import type { Author, Policy, PolicyContent } from '../domain/policy.js';
import { POLICY_COLUMNS, policyOf, type PolicyRecord } from './policy-record.js';
import { PolicyVersionRow } from './policy-version.row.js';
import { PolicyRow } from './policy.row.js';

const ALIAS_CONSTRAINT = 'policy_alias_unique';

@Injectable()
export class TypeOrmPolicyRepository extends PolicyRepository {
  async insert(tx: Transaction, content: PolicyContent, author: Author): Promise<Policy> {
    const { alias, type } = content;
    const id = uuidv7();
    await refusingTakenAlias(
      alias,
      tx.manager.insert(PolicyRow, { tenantId: tx.tenant, id, alias, type, version: 1 }),
    );
    return this.insertVersion(tx, id, 1, content, author);
  }

  async find(tx: Transaction, id: string): Promise<Policy | undefined> {
    return selectCurrent(tx, id);
  }

  async findForUpdate(tx: Transaction, id: string): Promise<Policy | undefined> {
    // The row is locked alone and first: a join would be evaluated before the wait for another's change is over.
    await tx.rows({
      text: 'SELECT FROM policy WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE',
      values: [tx.tenant, id],
    });
    return selectCurrent(tx, id);
  }

  async replace(tx: Transaction, before: Policy, content: PolicyContent, author: Author): Promise<Policy> {
    const version = before.version + 1;
    const change = { alias: content.alias, version, updatedAt: (): string => 'clock_timestamp()' };
    await refusingTakenAlias(
      content.alias,
      tx.manager.update(PolicyRow, { tenantId: tx.tenant, id: before.id }, change),
    );
    return this.insertVersion(tx, before.id, version, content, author);
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    await tx.manager.update(PolicyRow, { tenantId: tx.tenant, id }, { deletedAt: () => 'clock_timestamp()' });
  }

  async list(tx: Transaction, after: string | undefined, limit: number): Promise<readonly PolicySummary[]> {
    return tx.manager.find(PolicyRow, {
      select: { id: true, alias: true, type: true, version: true },
      where: {
        tenantId: tx.tenant,
        deletedAt: IsNull(),
        ...(after === undefined ? {} : { id: MoreThan(after) }),
      },
      order: { id: 'ASC' },
      take: limit,
    });
  }

  private async insertVersion(
    tx: Transaction,
    policyId: string,
    version: number,
    { alias, description, purpose, conditions, template }: PolicyContent,
    author: Author,
  ): Promise<Policy> {
    await tx.manager.insert(PolicyVersionRow, {
      tenantId: tx.tenant,
      policyId,
      version,
      alias,
      description,
      purpose,
      conditions,
      template,
      createdByIssuer: author.issuer,
      createdByClient: author.client,
    });
    const policy = await this.find(tx, policyId);
    if (!policy) throw new Error('The policy that was just saved is gone');
    return policy;
  }
}

async function selectCurrent(tx: Transaction, id: string): Promise<Policy | undefined> {
  const [found] = await tx.rows<PolicyRecord>({
    text: `SELECT ${POLICY_COLUMNS} FROM policy p
           JOIN policy_version v ON v.tenant_id = p.tenant_id AND v.policy_id = p.id AND v.version = p.version
           WHERE p.tenant_id = $1 AND p.id = $2 AND p.deleted_at IS NULL`,
    values: [tx.tenant, id],
  });
  return found && policyOf(found);
}

async function refusingTakenAlias(alias: string, write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (brokenUniqueConstraint(error) !== ALIAS_CONSTRAINT) throw error;
    throw new AppError('policy-alias-taken', {
      detail: `Another policy has the alias "${alias}".`,
      cause: error,
    });
  }
}
