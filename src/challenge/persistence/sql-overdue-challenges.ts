import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { OverdueChallenges } from '../application/overdue-challenges.js';

@Injectable()
export class SqlOverdueChallenges extends OverdueChallenges {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async find(batch: number): Promise<readonly { readonly tenant: string; readonly id: string }[]> {
    return this.dataSource.query('SELECT tenant_id AS tenant, id FROM overdue_challenges($1)', [batch]);
  }
}
