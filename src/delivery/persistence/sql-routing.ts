import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Claim } from '../application/delivery-store.js';
import { Routing } from '../application/routing.js';
import { CODE, LINK, prioritiesOf } from '../domain/priority.js';

/** Goes round the tenants: of each priority it remembers the tenant that it looked at last. */
@Injectable()
export class SqlRouting extends Routing {
  private readonly cursors = new Map<number, string>();
  private looks = 0;

  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async claim(batch: number, leaseMs: number): Promise<readonly Claim[]> {
    const priorities = prioritiesOf(this.looks);
    this.looks += 1;
    const [row] = await this.dataSource.query<ClaimedRow[]>(
      'SELECT cursors, tenants, ids, fences FROM claim_deliveries_in_turn($1, $2, $3, $4)',
      [
        batch,
        Math.ceil(leaseMs / 1_000),
        priorities,
        priorities.map((priority) => this.cursors.get(priority) ?? ''),
      ],
    );
    const { cursors = [], tenants = [], ids = [], fences = [] } = row ?? {};
    priorities.forEach((priority, place) => this.cursors.set(priority, cursors[place] ?? ''));
    return ids.map((id, place) => ({ tenant: tenants[place] ?? '', id, fence: fences[place] ?? 0 }));
  }

  async oldestDueSeconds(): Promise<{ readonly codes: number; readonly links: number }> {
    const [row] = await this.dataSource.query<{ codes: number; links: number }[]>(
      'SELECT oldest_due_seconds($1) AS codes, oldest_due_seconds($2) AS links',
      [CODE, LINK],
    );
    return { codes: row?.codes ?? 0, links: row?.links ?? 0 };
  }

  async tenantsOf(deliveryIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.dataSource.query<{ id: string; tenant: string | null }[]>(
      'SELECT id, delivery_tenant(id) AS tenant FROM unnest($1::uuid[]) id',
      [deliveryIds],
    );
    return new Map(rows.flatMap(({ id, tenant }) => (tenant === null ? [] : [[id, tenant] as const])));
  }
}

/** What was claimed, in three lists of one length, tenants taking turns. */
interface ClaimedRow {
  readonly cursors: string[];
  readonly tenants: string[];
  readonly ids: string[];
  readonly fences: number[];
}
