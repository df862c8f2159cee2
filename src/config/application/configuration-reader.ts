import type { Transaction } from '../../shared/transactor.js';
import type { Configuration } from '../domain/configuration.js';

/** The tenant's configuration as it is in force, for those who act by it. */
export abstract class ConfigurationReader {
  /** Read anew by one statement, so that it is the one of the last PUT that was answered; never above the ceilings. */
  abstract current(tx: Transaction): Promise<Configuration>;
}
