import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail.js';
import { AppError, type Finding } from '../../shared/app-error.js';
import type { Caller } from '../../shared/caller.js';
import { together } from '../../shared/findings.js';
import { Transactor } from '../../shared/transactor.js';
import { overCeilings } from '../domain/ceilings.js';
import type { Configuration, Settings } from '../domain/configuration.js';
import { contradictions } from '../domain/contradictions.js';
import { ConfigurationRepository } from './configuration-repository.js';
import { DeploymentCeilings } from './deployment-ceilings.js';

export interface ReplaceConfigurationCommand {
  readonly settings: Settings;
  /** What of the request is not well-formed; the least is set in its place, to be checked with the rest. */
  readonly malformed: readonly Finding[];
  /** Whether the caller's `If-Match` admits a version. */
  readonly admits?: ((version: number) => boolean) | undefined;
  /** The version that the caller read. */
  readonly version?: number | undefined;
}

/**
 * Replaces the configuration whole; in force for every request that starts after. Refuses a stale version with
 * `configuration-version-conflict` and what exceeds a ceiling with 422 `request-invalid`; every finding is told at once.
 */
@Injectable()
export class ReplaceConfiguration {
  constructor(
    private readonly transactor: Transactor,
    private readonly repository: ConfigurationRepository,
    private readonly ceilings: DeploymentCeilings,
    private readonly auditTrail: AuditTrail,
  ) {}

  async execute(
    caller: Caller,
    { settings, malformed, admits, version }: ReplaceConfigurationCommand,
  ): Promise<Configuration> {
    const invalid = together(malformed, contradictions(settings));
    const exceeding = overCeilings(settings, this.ceilings.value);
    if (invalid.length > 0) throw new AppError('request-invalid', { errors: together(invalid, exceeding) });
    if (exceeding.length > 0) {
      throw new AppError('request-invalid', {
        kind: 'unprocessable',
        detail: 'The deployment sets ceilings that the configuration exceeds.',
        errors: exceeding,
      });
    }
    return this.transactor.inTenant(caller.tenant, async (tx) => {
      const before = await this.repository.currentForUpdate(tx);
      const isStale =
        (admits && !admits(before.version)) || (version !== undefined && version !== before.version);
      if (isStale)
        throw new AppError('configuration-version-conflict', { members: { currentVersion: before.version } });
      const after = { version: before.version + 1, ...settings };
      await this.repository.replace(tx, after);
      this.auditTrail.record(tx, {
        event: 'configuration.updated',
        actor: caller,
        objectId: null,
        detail: { before, after },
      });
      return after;
    });
  }
}
