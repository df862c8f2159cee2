import { Challenges } from './challenges.js';
import { type AcsClientOptions, connect } from './connection.js';
import { Policies } from './policies.js';
import { TenantConfiguration } from './tenant-configuration.js';

/** One caller of an Action-Challenge Service. Make one for the life of the process: it keeps the access token. */
export class AcsClient {
  readonly challenges: Challenges;
  readonly policies: Policies;
  readonly configuration: TenantConfiguration;

  constructor(options: AcsClientOptions) {
    const connection = connect(options);
    this.challenges = new Challenges(connection);
    this.policies = new Policies(connection);
    this.configuration = new TenantConfiguration(connection);
  }
}
