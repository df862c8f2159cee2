import type { Command } from 'commander';
import { addApiOptions, type ApiOptions, managementApi } from '../api/api-options.js';
import type { ListedPolicy } from '../api/management-api.js';
import { CommandFailed, UsageError } from '../failures.js';
import { applyPolicy, type Outcome, planPolicy } from '../policy/apply-policy.js';
import { lintPolicies, type SoundPolicy } from '../policy/lint-policies.js';
import { readPolicyFiles } from '../policy/policy-file.js';
import { rulesOfApi, rulesOfFile } from '../policy/policy-rules.js';
import { tellLint } from '../policy/tell-lint.js';
import type { Terminal } from '../terminal.js';

interface PolicyApplyOptions extends ApiOptions {
  readonly configuration?: string;
  readonly tenant: string;
  readonly dryRun?: true;
}

const EXAMPLES = `
All files are linted before anything is changed. A policy that is as its file says gets no new version, so the
command can be run again at any time. The token needs the scopes challenge:policy:get, challenge:policy:post,
challenge:policy:put, and challenge:configuration:get unless --configuration is given.

Examples:
  acs policy apply policies/*.yaml --api http://localhost:3000 --token "$TOKEN"
  acs policy apply policies.yaml --api http://localhost:3000 --client acme:acme-secret \\
    --token-url http://localhost:3001/token --dry-run`;

export function addPolicyApply(policy: Command, terminal: Terminal): void {
  addApiOptions(
    policy
      .command('apply')
      .description('Creates or updates policies by their alias, so that they are as the files say.')
      .argument('<file...>', 'YAML or JSON, as for lint')
      .option('--dry-run', 'say what would be done, and change nothing')
      .option('--configuration <file>', "lint against this configuration instead of the API's")
      .option('--tenant <name>', 'the tenant that templates may show', 'tenant'),
  )
    .addHelpText('after', EXAMPLES)
    .action((files: string[], options: PolicyApplyOptions) => apply(files, options, terminal));
}

async function apply(
  files: readonly string[],
  options: PolicyApplyOptions,
  terminal: Terminal,
): Promise<void> {
  if (options.api === undefined) throw new UsageError('Say where the API is: --api http://localhost:3000.');
  const documents = readPolicyFiles(files);
  const api = await managementApi({ ...options, api: options.api }, terminal.env);
  const rules = await (options.configuration === undefined
    ? rulesOfApi(api)
    : rulesOfFile(options.configuration));
  const policies = await tellLint(await lintPolicies(documents, rules, options.tenant), terminal);
  const listed = await api.policies();
  refuseOtherTypes(policies, listed);
  const act = options.dryRun ? planPolicy : applyPolicy;
  for (const policy of policies)
    await terminal.out(outcomeLine(policy, await act(api, policy, listed), options.dryRun));
}

/** The type of a policy is fixed, so a file that has another can never be applied. */
function refuseOtherTypes(policies: readonly SoundPolicy[], listed: readonly ListedPolicy[]): void {
  const refused = policies.flatMap(({ content, place }) => {
    const stored = listed.find(({ alias }) => alias === content.alias);
    if (!stored || stored.type === content.type) return [];
    return [
      `${place('/type')}  ${content.alias}: policy-type-fixed: it is of type ${stored.type}. Give ${content.type} another alias.`,
    ];
  });
  if (refused.length > 0) throw new CommandFailed(['Nothing was changed.', ...refused].join('\n'));
}

function outcomeLine(
  { content }: SoundPolicy,
  { done, version, changed }: Outcome,
  isDryRun: true | undefined,
): string {
  const verb = isDryRun && done !== 'unchanged' ? `would be ${done}` : done;
  const parts = [
    verb.padEnd(isDryRun ? 17 : 10),
    content.alias,
    ...(version === undefined ? [] : [`version ${version}`]),
    ...changed,
  ];
  return parts.join('  ');
}
