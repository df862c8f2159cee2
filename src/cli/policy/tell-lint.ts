import { CommandFailed } from '../failures.js';
import { plainText, type Terminal } from '../terminal.js';
import { findingLines } from '../finding-lines.js';
import type { LintedPolicy, RefusedPolicy, SoundPolicy } from './lint-policies.js';

/** Prints what was found; resolves with the policies, or throws `CommandFailed` when one would be refused. */
export async function tellLint(
  linted: readonly LintedPolicy[],
  terminal: Terminal,
): Promise<readonly SoundPolicy[]> {
  const refused = linted.filter((policy) => 'code' in policy);
  for (const policy of refused) for (const line of refusalLines(policy)) await terminal.out(line);
  if (refused.length > 0)
    throw new CommandFailed(`${refused.length} of ${linted.length} policies would be refused.`);
  return linted.filter((policy) => 'content' in policy);
}

/** The same for programs: one JSON object a policy. */
export async function tellLintAsJson(linted: readonly LintedPolicy[], terminal: Terminal): Promise<void> {
  for (const policy of linted) {
    const { code = null, detail = null, errors = [] } = 'code' in policy ? policy : {};
    const place = policy.place('');
    await terminal.out(JSON.stringify({ place, alias: aliasOf(policy) ?? null, code, detail, errors }));
  }
}

function refusalLines(policy: RefusedPolicy): string[] {
  const { code, detail, errors, place } = policy;
  const name = aliasOf(policy) ?? 'a policy without an alias';
  // Where there are findings, they say more than the problem's own sentence.
  const said = errors.length > 0 ? code : `${code}: ${detail}`;
  return [plainText(`${place('')}  ${name}: ${said}`), ...findingLines(errors, place)];
}

function aliasOf({ value }: LintedPolicy): string | undefined {
  const alias = typeof value === 'object' && value !== null && 'alias' in value ? value.alias : undefined;
  return typeof alias === 'string' ? alias : undefined;
}
