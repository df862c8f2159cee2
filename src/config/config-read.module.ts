import { Module } from '@nestjs/common';
import { ApiEnvironment } from '../environment/environment.js';
import { StartRefused } from '../shared/start-refused.js';
import { ConfigurationReader } from './application/configuration-reader.js';
import { DeploymentCeilings } from './application/deployment-ceilings.js';
import { ceilingsWith } from './domain/ceilings-overlay.js';
import { SqlConfigurationReader } from './persistence/sql-configuration-reader.js';

/**
 * The configuration, for those who act by it. Where there is an API environment, its ceilings hold; a worker
 * carries out what was admitted under them.
 */
@Module({
  providers: [
    {
      provide: DeploymentCeilings,
      useFactory: deploymentCeilings,
      inject: [{ token: ApiEnvironment, optional: true }],
    },
    { provide: ConfigurationReader, useClass: SqlConfigurationReader },
  ],
  exports: [ConfigurationReader, DeploymentCeilings],
})
export class ConfigReadModule {}

function deploymentCeilings(environment: ApiEnvironment | undefined): DeploymentCeilings {
  const laid = ceilingsWith(environment?.ceilings ?? {});
  if ('findings' in laid) throw new StartRefused(`CEILINGS: ${laid.findings.join('; ')}.`);
  return new DeploymentCeilings(laid.ceilings);
}
