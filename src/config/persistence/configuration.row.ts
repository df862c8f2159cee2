import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Settings } from '../domain/configuration.js';

@Entity('configuration')
export class ConfigurationRow {
  @PrimaryColumn({ name: 'tenant_id', type: 'text' })
  tenantId!: string;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'jsonb' })
  settings!: Settings;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  updatedAt!: Date;
}
