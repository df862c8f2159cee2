import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Transaction } from '../shared/transactor.js';
import { type AuditEntry, AuditTrail } from './audit-trail.js';

const COLUMNS = 'tenant_id, id, event, issuer, client, object_id, reason, detail';

@Injectable()
export class SqlAuditTrail extends AuditTrail {
  record(tx: Transaction, entry: AuditEntry): void {
    tx.run({
      name: 'audit-record',
      text: `INSERT INTO audit (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      values: [tx.tenant, ...valuesOf(entry)],
    });
  }

  recordAll(tx: Transaction, entries: readonly AuditEntry[]): void {
    const rows = entries.map(valuesOf);
    const [first] = rows;
    if (!first) return;
    tx.run({
      name: 'audit-record-all',
      text: `INSERT INTO audit (${COLUMNS})
             SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::jsonb[])`,
      values: [tx.tenant, ...first.map((_, column) => rows.map((row) => row[column]))],
    });
  }
}

/** In the order of the columns, without the tenant. */
function valuesOf(entry: AuditEntry): readonly unknown[] {
  const { event, actor, objectId, reason = null, detail = null } = entry;
  return [uuidv7(), event, actor.issuer, actor.client, objectId, reason, detail];
}
