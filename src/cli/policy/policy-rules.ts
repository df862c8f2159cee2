import { type Configuration, DEFAULT_SETTINGS, FIRST_VERSION } from '../../config/domain/configuration.js';
import { contradictions } from '../../config/domain/contradictions.js';
import { ReplaceConfigurationRequest } from '../../config/http/configuration.body.js';
import { settingsOf } from '../../config/http/settings-of.js';
import { AppError } from '../../shared/app-error.js';
import { together } from '../../shared/findings.js';
import type { ManagementApi } from '../api/management-api.js';
import { CommandFailed } from '../failures.js';
import { readYamlFile } from './policy-file.js';
import { asRequest } from './as-request.js';
import { findingLines } from '../finding-lines.js';

/** The configuration that policies are linted against. */
export interface PolicyRules {
  readonly configuration: Configuration;
  /** Where it comes from, when that is not what the API would take. */
  readonly note?: string;
}

export const DEFAULT_RULES: PolicyRules = {
  configuration: { version: FIRST_VERSION, ...DEFAULT_SETTINGS },
  note: `Linted against the configuration of a new tenant: ${DEFAULT_SETTINGS.sms.maxSegments} segments an SMS, links to nowhere. Give --configuration FILE or --api URL to lint against yours.`,
};

/** The configuration of a file, in the form that the API takes; throws `CommandFailed` with every finding. */
export async function rulesOfFile(file: string): Promise<PolicyRules> {
  try {
    const { body, malformed } = await asRequest(readYamlFile(file), ReplaceConfigurationRequest);
    const settings = settingsOf(body);
    const errors = together(malformed ?? [], contradictions(settings));
    if (errors.length > 0) throw new AppError('request-invalid', { errors });
    return { configuration: { version: body.version ?? FIRST_VERSION, ...settings } };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const lines = findingLines(error.details.errors ?? []);
    throw new CommandFailed(
      [`${file} is no configuration as the API takes it (${error.code}):`, ...lines].join('\n'),
    );
  }
}

/** The configuration in force; the token needs the scope `challenge:configuration:get`. */
export async function rulesOfApi(api: ManagementApi): Promise<PolicyRules> {
  return { configuration: await api.configuration() };
}
