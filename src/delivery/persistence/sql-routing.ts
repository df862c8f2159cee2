import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Claim } from '../application/delivery-store.js';
import { Routing } from '../application/routing.js';

@Injectable()
export class SqlRouting extends Routing {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async claim(batch: number, leaseMs: number): Promise<readonly Claim[]> {
    return await this.dataSource.query<Claim[]>(
      'SELECT tenant_id AS tenant, id, fence FROM claim_deliveries($1, $2)',
      [batch, Math.ceil(leaseMs / 1_000)],
    );
  }

  async tenantOf(deliveryId: string): Promise<string | undefined> {
    const [row] = await this.dataSource.query<{ tenant: string | null }[]>(
      'SELECT delivery_tenant($1) AS tenant',
      [deliveryId],
    );
    return row?.tenant ?? undefined;
  }
}
