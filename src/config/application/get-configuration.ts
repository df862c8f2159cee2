import { Injectable } from '@nestjs/common';
import type { Caller } from '../../shared/caller.js';
import { Transactor } from '../../shared/transactor.js';
import type { Configuration } from '../domain/configuration.js';
import { ConfigurationReader } from './configuration-reader.js';

/** The configuration of the caller's tenant; the defaults until it saves one. */
@Injectable()
export class GetConfiguration {
  constructor(
    private readonly transactor: Transactor,
    private readonly reader: ConfigurationReader,
  ) {}

  async execute(caller: Caller): Promise<Configuration> {
    return this.transactor.inOneTrip(caller.tenant, (tx) => this.reader.current(tx));
  }
}
