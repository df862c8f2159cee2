import type { DataSource } from 'typeorm';
import { CommandFailed } from '../failures.js';

/** A table that holds rows of tenants. */
export interface TenantTable {
  readonly name: string;
  /** The columns of its primary key, the tenant's among them. */
  readonly key: readonly string[];
}

interface CatalogueRow extends TenantTable {
  readonly references: readonly string[];
  readonly covered: boolean;
}

/** Messages first, so that nothing more is sent; the trail last, so that it tells of what is erased before it. */
const FIRST = ['delivery', 'challenge'];
const LAST = ['audit'];

/**
 * Every table of the database that has a tenant, in an order in which rows can be removed. Throws `CommandFailed`
 * where row-level security would hide rows of one from the owner: they would be left behind unseen.
 */
export async function readTenantTables(dataSource: DataSource): Promise<readonly TenantTable[]> {
  const rows = await dataSource.query<CatalogueRow[]>(`
    SELECT c.relname::text AS name,
      array(SELECT a.attname::text FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k (attnum, place)
        JOIN pg_attribute a ON a.attnum = k.attnum
        WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid ORDER BY k.place) AS key,
      array(SELECT f.confrelid::regclass::text FROM pg_constraint f
        WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid) AS references,
      EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'erasure') AS covered
    FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant_id' AND NOT t.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    ORDER BY c.relname`);
  const uncovered = rows.filter(({ covered, key }) => !covered || key.length === 0);
  if (uncovered.length > 0)
    throw new CommandFailed(
      `Of ${uncovered.map(({ name }) => name).join(', ')} not every row could be erased: run the migrator with this version first.`,
    );
  return inOrder(rows);
}

/** A table comes before those that it refers to. */
function inOrder(rows: readonly CatalogueRow[]): readonly TenantTable[] {
  const rank = ({ name }: CatalogueRow): number =>
    FIRST.includes(name) ? FIRST.indexOf(name) - FIRST.length : LAST.includes(name) ? 1 : 0;
  const waiting = [...rows].sort((one, other) => rank(one) - rank(other));
  const ordered: TenantTable[] = [];
  while (waiting.length > 0) {
    const place = waiting.findIndex(
      ({ name }) => !waiting.some(({ references }) => references.includes(name)),
    );
    if (place < 0) throw new Error('The tables refer to one another in a circle');
    ordered.push(...waiting.splice(place, 1));
  }
  return ordered;
}
