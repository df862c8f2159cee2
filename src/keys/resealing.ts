import type { DataSource } from 'typeorm';
import type { Transactor } from '../shared/transactor.js';
import { KeyRing } from './key-ring.js';
import type { SealedColumn } from './sealed-column.js';

/** A row, by its tenant and its name within it. */
export interface SealedRow {
  readonly tenant: string;
  readonly name: string;
}

interface Resealed {
  readonly sealed: number;
  /** Altered, or sealed with a key that the ring does not have. */
  readonly unreadable: number;
}

/** Seals with the first key of the ring what another key sealed, row by row, while the service runs. */
export class Resealing {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactor: Transactor,
    private readonly keys: KeyRing,
  ) {}

  /** The next rows of all tenants that another key sealed, after the given one. */
  async list({ listing }: SealedColumn, after: SealedRow, batch: number): Promise<readonly SealedRow[]> {
    return this.dataSource.query(`SELECT tenant_id AS tenant, name FROM ${listing}($1, $2, $3, $4)`, [
      this.keys.currentHeader,
      after.tenant,
      after.name,
      batch,
    ]);
  }

  /** Seals the rows of one tenant again; leaves out those that another transaction holds, or has sealed or wiped. */
  async reseal(column: SealedColumn, tenant: string, names: readonly string[]): Promise<Resealed> {
    const { table, column: envelope, name } = column;
    const header = this.keys.currentHeader;
    return this.transactor.inTenant(tenant, async (tx) => {
      const held = await tx.rows<{ name: string; envelope: Buffer }>({
        text: `SELECT ${name.column}::text AS name, ${envelope} AS envelope FROM ${table}
          WHERE tenant_id = $1 AND ${name.column} = ANY($2::${name.type}[])
            AND ${envelope} IS NOT NULL AND substr(${envelope}, 1, length($3::bytea)) <> $3
          FOR UPDATE SKIP LOCKED`,
        values: [tenant, names, header],
      });
      const fresh = held.flatMap((row) => this.sealAgain(column, tenant, row) ?? []);
      tx.run({
        text: `UPDATE ${table} SET ${envelope} = fresh.envelope
          FROM unnest($2::${name.type}[], $3::bytea[]) fresh (name, envelope)
          WHERE tenant_id = $1 AND ${name.column} = fresh.name`,
        values: [tenant, fresh.map((row) => row.name), fresh.map((row) => row.envelope)],
      });
      return { sealed: fresh.length, unreadable: held.length - fresh.length };
    });
  }

  private sealAgain(
    { rowId }: SealedColumn,
    tenant: string,
    { name, envelope }: { readonly name: string; readonly envelope: Buffer },
  ): { readonly name: string; readonly envelope: Buffer } | undefined {
    try {
      const plain = this.keys.open(tenant, rowId(name), envelope);
      return { name, envelope: this.keys.seal(tenant, rowId(name), plain) };
    } catch {
      return undefined; // counted and told as unreadable; it stays as it is
    }
  }
}
