import { setTimeout as delay } from 'node:timers/promises';
import type { AuditActor, AuditTrail } from '../../audit/audit-trail.js';
import { isStillReferenced } from '../../database/database-errors.js';
import type { Transaction, Transactor } from '../../shared/transactor.js';
import { CommandFailed } from '../failures.js';
import type { TenantTable } from './tenant-tables.js';

/** How many rows were removed from each table. */
export type Erased = Readonly<Record<string, number>>;

/** How often all tables are gone through; more than a few means that somebody keeps writing. */
const PASSES = 40;
const PAUSE_MS = 250;
/** How far an erasure has come, from its first batch on. */
const ERASING = 'tenant.erasing';
/** What it has done; no later one removes it. */
const ERASED = 'tenant.erased';

/**
 * Removes every row of a tenant, batch by batch, and leaves an audit row that says so. A batch and the record of
 * it commit together, so that an erasure that was cut off goes on where it was, its counts included.
 */
export class EraseTenant {
  constructor(
    private readonly transactor: Transactor,
    private readonly audit: AuditTrail,
    private readonly tables: readonly TenantTable[],
    private readonly progress: (line: string) => void,
  ) {}

  /** What was removed, by earlier runs that did not end too; undefined when there was nothing left to remove. */
  async execute(tenant: string, actor: AuditActor, batch: number): Promise<Erased | undefined> {
    for (let pass = 1; pass <= PASSES; pass += 1) {
      for (const table of this.tables) await this.empty(table, tenant, actor, batch);
      const outcome = await this.transactor.inTenant(tenant, (tx) => this.conclude(tx, actor));
      if (outcome !== 'not-empty') return outcome;
      await delay(PAUSE_MS);
    }
    throw new CommandFailed(
      `Rows of "${tenant}" keep coming. Take the tenant from AUTH_ISSUERS, restart the API, and run this again.`,
    );
  }

  private async empty(table: TenantTable, tenant: string, actor: AuditActor, batch: number): Promise<void> {
    for (let total = 0; ;) {
      const removed = await this.transactor
        .inTenant(tenant, (tx) => this.removeBatch(tx, table, actor, batch))
        .catch((error: unknown) => {
          // Something that refers to them has come since; it goes first in the next pass.
          if (isStillReferenced(error)) return 0;
          throw error;
        });
      if (removed === 0) return;
      total += removed;
      this.progress(`${table.name}: ${total} rows removed`);
    }
  }

  private async removeBatch(
    tx: Transaction,
    { name, key }: TenantTable,
    actor: AuditActor,
    batch: number,
  ): Promise<number> {
    const columns = key.map((column) => `"${column}"`).join(', ');
    const same = key.map((column) => `t."${column}" = held."${column}"`).join(' AND ');
    const [, removed] = await Promise.all([
      this.hold(tx),
      tx.rows({
        // Rows that a request holds are met again in the next pass: nobody waits for the other.
        text: `WITH held AS MATERIALIZED (
            SELECT ${columns} FROM "${name}" WHERE tenant_id = $1 ${butRecord(name)} LIMIT $2 FOR UPDATE SKIP LOCKED)
          DELETE FROM "${name}" t USING held WHERE t.tenant_id = $1 AND ${same} RETURNING 1`,
        values: [tx.tenant, batch],
      }),
    ]);
    if (removed.length > 0) {
      const before = await this.erasedSoFar(tx);
      this.record(tx, ERASING, actor, { ...before, [name]: (before?.[name] ?? 0) + removed.length });
    }
    return removed.length;
  }

  private async conclude(tx: Transaction, actor: AuditActor): Promise<Erased | undefined | 'not-empty'> {
    await this.hold(tx);
    const left = await Promise.all(
      this.tables.map(({ name }) =>
        tx.rows({
          text: `SELECT 1 FROM "${name}" WHERE tenant_id = $1 ${butRecord(name)} LIMIT 1`,
          values: [tx.tenant],
        }),
      ),
    );
    if (left.some((rows) => rows.length > 0)) return 'not-empty';
    const erased = await this.erasedSoFar(tx);
    if (erased) this.record(tx, ERASED, actor, erased);
    return erased;
  }

  /** One erasure of a tenant at a time. */
  private async hold(tx: Transaction): Promise<void> {
    await tx.rows({
      text: `SELECT pg_advisory_xact_lock(hashtextextended('acs.erasure ' || $1, 0))`,
      values: [tx.tenant],
    });
  }

  private async erasedSoFar(tx: Transaction): Promise<Erased | undefined> {
    const [row] = await tx.rows<{ detail: Erased }>({
      text: 'SELECT detail FROM audit WHERE tenant_id = $1 AND event = $2',
      values: [tx.tenant, ERASING],
    });
    return row?.detail;
  }

  /** In place of how far this erasure had come; what earlier ones left on record stays. */
  private record(tx: Transaction, event: string, actor: AuditActor, detail: Erased): void {
    tx.run({ text: 'DELETE FROM audit WHERE tenant_id = $1 AND event = $2', values: [tx.tenant, ERASING] });
    this.audit.record(tx, { event, actor, objectId: null, detail });
  }
}

/** The record of this erasure and of earlier ones is left out. */
function butRecord(table: string): string {
  return table === 'audit' ? `AND event NOT IN ('${ERASING}', '${ERASED}')` : '';
}
