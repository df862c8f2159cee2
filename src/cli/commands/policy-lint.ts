import type { Command } from 'commander';
import { addApiOptions, type ApiOptions, managementApi } from '../api/api-options.js';
import { CommandFailed, UsageError } from '../failures.js';
import { lintPolicies } from '../policy/lint-policies.js';
import { readPolicyFiles } from '../policy/policy-file.js';
import { DEFAULT_RULES, type PolicyRules, rulesOfApi, rulesOfFile } from '../policy/policy-rules.js';
import { tellLint, tellLintAsJson } from '../policy/tell-lint.js';
import type { Terminal } from '../terminal.js';

interface PolicyLintOptions extends ApiOptions {
  readonly configuration?: string;
  readonly tenant: string;
  readonly json?: true;
}

const EXAMPLES = `
A file holds one policy or a list of them, in one YAML document or several. A policy has the properties that
POST /v1/policies takes; the findings are those that it would answer.

Examples:
  acs policy lint policies/*.yaml --configuration configuration.yaml
  acs policy lint policy.json --api http://localhost:3000 --token "$TOKEN"`;

export function addPolicyLint(policy: Command, terminal: Terminal): void {
  addApiOptions(
    policy
      .command('lint')
      .description(
        'Checks policies as the API would, without a server; exits with 1 when it would refuse one.',
      )
      .argument('<file...>', 'YAML or JSON')
      .option(
        '--configuration <file>',
        'the configuration to check against, as GET /v1/configuration gives it',
      )
      .option('--tenant <name>', 'the tenant that templates may show', 'tenant')
      .option('--json', 'one JSON object a policy and line'),
  )
    .addHelpText('after', EXAMPLES)
    .action((files: string[], options: PolicyLintOptions) => lint(files, options, terminal));
}

async function lint(files: readonly string[], options: PolicyLintOptions, terminal: Terminal): Promise<void> {
  const documents = readPolicyFiles(files);
  const rules = await rulesOf(options, terminal);
  if (rules.note !== undefined) terminal.note(rules.note);
  const linted = await lintPolicies(documents, rules, options.tenant);
  if (options.json) {
    await tellLintAsJson(linted, terminal);
    if (linted.some((policy) => 'code' in policy)) throw new CommandFailed('There are findings.');
    return;
  }
  await tellLint(linted, terminal);
  await terminal.out(`${linted.length === 1 ? '1 policy' : `${linted.length} policies`}, no findings`);
}

async function rulesOf(options: PolicyLintOptions, terminal: Terminal): Promise<PolicyRules> {
  const { configuration, api } = options;
  if (configuration !== undefined && api !== undefined)
    throw new UsageError('Give either --configuration or --api.');
  if (configuration !== undefined) return rulesOfFile(configuration);
  if (api !== undefined) return rulesOfApi(await managementApi({ ...options, api }, terminal.env));
  return DEFAULT_RULES;
}
