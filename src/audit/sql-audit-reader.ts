import type { Transaction } from '../shared/transactor.js';
import { AuditReader, type AuditRecord, type AuditSelection } from './audit-reader.js';

/**
 * Rows are found by identifier, so that old partitions are not looked at. Identifiers come from the clocks of the
 * processes, times from the database's: the five minutes are more than the two may differ.
 */
const PAGE = `
  SELECT id, at, event, issuer, client, object_id AS "objectId", reason, detail FROM audit
  WHERE tenant_id = $1
    AND ($2::uuid IS NULL OR id > $2)
    AND ($3::timestamptz IS NULL OR (at >= $3 AND id >= uuid_floor($3::timestamptz - interval '5 minutes')))
    AND ($4::timestamptz IS NULL OR (at < $4 AND id < uuid_floor($4::timestamptz + interval '5 minutes')))
    AND ($5::uuid IS NULL OR object_id = $5)
    AND ($6::text IS NULL OR starts_with(event, $6))
  ORDER BY id LIMIT $7`;

export class SqlAuditReader extends AuditReader {
  async page(tx: Transaction, selection: AuditSelection, limit: number): Promise<AuditRecord[]> {
    const { after, from, until, objectId, eventPrefix } = selection;
    const given = [after, from, until, objectId, eventPrefix].map((value) => value ?? null);
    return tx.rows<AuditRecord>({ text: PAGE, values: [tx.tenant, ...given, limit] });
  }

  async now(tx: Transaction): Promise<Date> {
    const [row] = await tx.rows<{ now: Date }>({ text: 'SELECT clock_timestamp() AS now', values: [] });
    if (!row) throw new Error('The database told no time');
    return row.now;
  }
}
