import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../shared/transactor.js';
import { ConfigurationReader } from '../application/configuration-reader.js';
import { DeploymentCeilings } from '../application/deployment-ceilings.js';
import { lowered } from '../domain/ceilings.js';
import {
  type Configuration,
  DEFAULT_SETTINGS,
  FIRST_VERSION,
  type Settings,
} from '../domain/configuration.js';

@Injectable()
export class SqlConfigurationReader extends ConfigurationReader {
  constructor(private readonly ceilings: DeploymentCeilings) {
    super();
  }

  async current(tx: Transaction): Promise<Configuration> {
    const [saved] = await tx.rows<{ version: number; settings: Settings }>({
      name: 'configuration-current',
      text: 'SELECT version, settings FROM configuration WHERE tenant_id = $1',
      values: [tx.tenant],
    });
    return {
      version: saved?.version ?? FIRST_VERSION,
      ...lowered(saved?.settings ?? DEFAULT_SETTINGS, this.ceilings.value),
    };
  }
}
