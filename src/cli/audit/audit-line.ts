import type { AuditRecord } from '../../audit/audit-reader.js';
import { plainText } from '../terminal.js';

/** A row for people: when, what, to what, by whom, why. */
export function auditLine({ at, event, objectId, client, issuer, reason, detail }: AuditRecord): string {
  return plainText(
    [
      at.toISOString(),
      event.padEnd(24),
      objectId ?? '-',
      `${client} (${issuer})`,
      ...(reason === null ? [] : [`because ${reason}`]),
      ...(detail === null ? [] : [JSON.stringify(detail)]),
    ].join('  '),
  );
}

/** A row for programs: one JSON object. */
export function auditJson(record: AuditRecord): string {
  const { id, at, event, objectId, issuer, client, reason, detail } = record;
  return JSON.stringify({ id, at: at.toISOString(), event, objectId, issuer, client, reason, detail });
}
