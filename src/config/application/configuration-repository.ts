import type { Transaction } from '../../shared/transactor.js';
import type { Configuration } from '../domain/configuration.js';

export abstract class ConfigurationRepository {
  /** The configuration, which nobody else replaces before the transaction ends. */
  abstract currentForUpdate(tx: Transaction): Promise<Configuration>;

  /** Replaces what `currentForUpdate` returned. */
  abstract replace(tx: Transaction, configuration: Configuration): Promise<void>;
}
