import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import type { Transaction } from '../../shared/transactor.js';
import { PolicyHistory } from '../application/policy-history.js';
import type { VersionSummary } from '../application/policy-repository.js';
import type { AuthoredPolicy } from '../domain/policy.js';
import { authoredPolicyOf, POLICY_COLUMNS, type PolicyRecord } from './policy-record.js';
import { PolicyVersionRow } from './policy-version.row.js';

@Injectable()
export class SqlPolicyHistory extends PolicyHistory {
  async list(
    tx: Transaction,
    policyId: string,
    before: number | undefined,
    limit: number,
  ): Promise<readonly VersionSummary[]> {
    const rows = await tx.manager.find(PolicyVersionRow, {
      select: { version: true, alias: true, createdAt: true, createdByIssuer: true, createdByClient: true },
      where: {
        tenantId: tx.tenant,
        policyId,
        ...(before === undefined ? {} : { version: LessThan(before) }),
      },
      order: { version: 'DESC' },
      take: limit,
    });
    return rows.map(({ version, alias, createdAt, createdByIssuer, createdByClient }) => ({
      version,
      alias,
      updatedAt: createdAt,
      author: { issuer: createdByIssuer, client: createdByClient },
    }));
  }

  async find(tx: Transaction, policyId: string, version: number): Promise<AuthoredPolicy | undefined> {
    const [found] = await tx.rows<PolicyRecord>({
      text: `SELECT ${POLICY_COLUMNS} FROM policy_version v
             JOIN policy p ON p.tenant_id = v.tenant_id AND p.id = v.policy_id
             WHERE v.tenant_id = $1 AND v.policy_id = $2 AND v.version = $3`,
      values: [tx.tenant, policyId, version],
    });
    return found && authoredPolicyOf(found);
  }
}
