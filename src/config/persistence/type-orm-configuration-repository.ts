import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../shared/transactor.js';
import { ConfigurationRepository } from '../application/configuration-repository.js';
import {
  type Configuration,
  DEFAULT_SETTINGS,
  FIRST_VERSION,
  type Settings,
} from '../domain/configuration.js';
import { ConfigurationRow } from './configuration.row.js';

@Injectable()
export class TypeOrmConfigurationRepository extends ConfigurationRepository {
  /** A tenant's first replacement needs a row to lock: the one that says what was in force without it. */
  async currentForUpdate(tx: Transaction): Promise<Configuration> {
    await tx.manager
      .createQueryBuilder()
      .insert()
      .into(ConfigurationRow)
      .values({ tenantId: tx.tenant, version: FIRST_VERSION, settings: DEFAULT_SETTINGS })
      .orIgnore()
      .execute();
    const [row] = await tx.rows<{ version: number; settings: Settings }>({
      text: 'SELECT version, settings FROM configuration WHERE tenant_id = $1 FOR UPDATE',
      values: [tx.tenant],
    });
    if (!row) throw new Error('The configuration that was just inserted is gone');
    return { version: row.version, ...row.settings };
  }

  async replace(tx: Transaction, { version, ...settings }: Configuration): Promise<void> {
    await tx.manager.update(
      ConfigurationRow,
      { tenantId: tx.tenant },
      { version, settings, updatedAt: () => 'clock_timestamp()' },
    );
  }
}
