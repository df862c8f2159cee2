import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Transaction } from '../shared/transactor.js';
import { type AuditEntry, AuditTrail } from './audit-trail.js';

@Injectable()
export class SqlAuditTrail extends AuditTrail {
  record(tx: Transaction, entry: AuditEntry): void {
    tx.run({
      name: 'audit-record',
      text: `INSERT INTO audit (tenant_id, id, event, issuer, client, object_id, reason, detail)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      values: [
        tx.tenant,
        uuidv7(),
        entry.event,
        entry.actor.issuer,
        entry.actor.client,
        entry.objectId,
        entry.reason ?? null,
        entry.detail ?? null,
      ],
    });
  }
}
