import { Module } from '@nestjs/common';
import { ConfigurationRepository } from './application/configuration-repository.js';
import { GetConfiguration } from './application/get-configuration.js';
import { ReplaceConfiguration } from './application/replace-configuration.js';
import { ConfigReadModule } from './config-read.module.js';
import { ConfigurationController } from './http/configuration.controller.js';
import { TypeOrmConfigurationRepository } from './persistence/type-orm-configuration-repository.js';

/** The Global Configuration API. */
@Module({
  imports: [ConfigReadModule],
  controllers: [ConfigurationController],
  providers: [
    GetConfiguration,
    ReplaceConfiguration,
    { provide: ConfigurationRepository, useClass: TypeOrmConfigurationRepository },
  ],
})
export class ConfigModule {}
