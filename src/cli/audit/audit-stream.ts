import { setTimeout as delay } from 'node:timers/promises';
import type { AuditRecord } from '../../audit/audit-reader.js';

const PAGE_SIZE = 500;
const POLL_MS = 1_000;
/** A row may be committed after rows with greater identifiers: by this much, and no longer, transactions overlap. */
const OVERLAP_MS = 60_000;

/** Reads the oldest rows after an identifier. */
type ReadPage = (after: string | undefined, limit: number) => Promise<readonly AuditRecord[]>;

/** All rows that are there, the oldest first. */
export async function* recordsSoFar(read: ReadPage, after?: string): AsyncGenerator<AuditRecord> {
  let last = after;
  for (;;) {
    const page = await read(last, PAGE_SIZE);
    yield* page;
    last = page.at(-1)?.id;
    if (page.length < PAGE_SIZE) return;
  }
}

/** The rows that are there and then those that come, each once, until it is asked to stop. */
export async function* recordsAsTheyCome(read: ReadPage, stopping: AbortSignal): AsyncGenerator<AuditRecord> {
  let after: string | undefined;
  let seen: readonly string[] = [];
  while (!stopping.aborted) {
    const known = new Set(seen);
    const fresh: string[] = [];
    for await (const record of recordsSoFar(read, after)) {
      if (known.has(record.id)) continue;
      fresh.push(record.id);
      yield record;
    }
    const newest = [...seen, ...fresh].reduce((most, id) => (id > most ? id : most), '');
    after = newest === '' ? undefined : identifierBefore(newest, OVERLAP_MS);
    seen = [...seen, ...fresh].filter((id) => id > (after ?? ''));
    await delay(POLL_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** The least UUIDv7 (RFC 9562, section 5.7) made so many milliseconds before another one. */
function identifierBefore(id: string, milliseconds: number): string {
  const madeAt = parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  const hex = Math.max(madeAt - milliseconds, 0)
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
