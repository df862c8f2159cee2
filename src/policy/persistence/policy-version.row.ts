import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Template } from '../../template/template.js';
import type { Conditions } from '../domain/conditions.js';
import type { Purpose } from '../domain/policy.js';

@Entity('policy_version')
export class PolicyVersionRow {
  @PrimaryColumn({ name: 'tenant_id', type: 'text' })
  tenantId!: string;

  @PrimaryColumn({ name: 'policy_id', type: 'uuid' })
  policyId!: string;

  @PrimaryColumn({ type: 'integer' })
  version!: number;

  @Column({ type: 'text' })
  alias!: string;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ type: 'text' })
  purpose!: Purpose;

  @Column({ type: 'jsonb' })
  conditions!: Conditions;

  @Column({ type: 'jsonb', nullable: true })
  template!: Template | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column({ name: 'created_by_issuer', type: 'text' })
  createdByIssuer!: string;

  @Column({ name: 'created_by_client', type: 'text' })
  createdByClient!: string;
}
