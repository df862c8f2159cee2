import { aborted, conditional } from './call-options.js';
import { type Connection, resultOf } from './connection.js';
import type {
  CallOptions,
  ConditionalCallOptions,
  Configuration,
  ConfigurationReplacement,
} from './types.js';

/** The Global Configuration API: the runtime settings of the tenant. Every method throws `ProblemError` for a refusal. */
export class TenantConfiguration {
  constructor(private readonly http: Connection) {}

  async get(options: CallOptions = {}): Promise<Configuration> {
    return resultOf(this.http.GET('/v1/configuration', aborted(options)));
  }

  /** Replaces every property; it rules from the next request on. What `get` returned can be changed and given back. */
  async replace(
    configuration: ConfigurationReplacement,
    options: ConditionalCallOptions = {},
  ): Promise<Configuration> {
    const params = { header: conditional(options) };
    return resultOf(this.http.PUT('/v1/configuration', { params, body: configuration, ...aborted(options) }));
  }
}
