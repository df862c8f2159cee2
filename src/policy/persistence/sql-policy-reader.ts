import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../shared/transactor.js';
import { PolicyReader } from '../application/policy-reader.js';
import type { Policy } from '../domain/policy.js';
import { POLICY_COLUMNS, policyOf, type PolicyRecord } from './policy-record.js';
import { RecentlyUsed } from './recently-used.js';

/** Policies kept in memory, of 64 KiB at most each. */
const CAPACITY = 256;

/**
 * Reads policies in one statement and keeps what it read. A version never changes; which one is current is asked
 * of the database every time, which leaves out the content when it is the version already held.
 */
@Injectable()
export class SqlPolicyReader extends PolicyReader {
  private readonly current = new RecentlyUsed<Policy>(CAPACITY);
  private readonly versions = new RecentlyUsed<Policy>(CAPACITY);

  async byAlias(tx: Transaction, alias: string): Promise<Policy | undefined> {
    const key = JSON.stringify([tx.tenant, alias]);
    const held = this.current.get(key);
    const [found] = await tx.rows<PolicyRecord | { readonly version: null }>({
      name: 'policy-by-alias',
      text: `SELECT ${POLICY_COLUMNS} FROM policy p
             LEFT JOIN policy_version v ON v.tenant_id = p.tenant_id AND v.policy_id = p.id AND v.version = p.version
               AND ROW(p.id, p.version) IS DISTINCT FROM ROW($3::uuid, $4::integer)
             WHERE p.tenant_id = $1 AND p.alias = $2 AND p.deleted_at IS NULL`,
      values: [tx.tenant, alias, held?.id ?? null, held?.version ?? null],
    });
    if (!found) return undefined;
    if (found.version === null) return held;
    const policy = policyOf(found);
    this.current.keep(key, policy);
    return policy;
  }

  async version(tx: Transaction, policyId: string, version: number): Promise<Policy | undefined> {
    const key = JSON.stringify([tx.tenant, policyId, version]);
    const held = this.versions.get(key);
    if (held) return held;
    const [found] = await tx.rows<PolicyRecord>({
      name: 'policy-version',
      text: `SELECT ${POLICY_COLUMNS} FROM policy_version v
             JOIN policy p ON p.tenant_id = v.tenant_id AND p.id = v.policy_id
             WHERE v.tenant_id = $1 AND v.policy_id = $2 AND v.version = $3`,
      values: [tx.tenant, policyId, version],
    });
    if (!found) return undefined;
    const policy = policyOf(found);
    this.versions.keep(key, policy);
    return policy;
  }
}
