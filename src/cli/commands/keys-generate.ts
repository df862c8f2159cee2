import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { isKeyId, KEY_BYTES, readSecretKeys } from '../../environment/secret-keys.js';
import { readOrThrow } from '../database.js';
import { UsageError } from '../failures.js';
import type { Terminal } from '../terminal.js';

const EXAMPLES = `
It prints "<id>:<base64>", an entry of SECRET_KEYS, and nothing else. Where SECRET_KEYS is set, the id is one that its
keys do not have. docs/keys.md tells how to bring a new key in.

Examples:
  acs keys generate
  acs keys generate --id k2026 > new-key`;

export function addKeysGenerate(keys: Command, terminal: Terminal): void {
  keys
    .command('generate')
    .description('Prints a new random key, fit for SECRET_KEYS.')
    .option('--id <id>', 'its id; the date when left out')
    .addHelpText('after', EXAMPLES)
    .action(async ({ id }: { readonly id?: string }) => {
      const taken = idsInUse(terminal.env);
      await terminal.out(`${id === undefined ? freshId(taken) : chosenId(id, taken)}:${newKey()}`);
    });
}

function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

function idsInUse(env: NodeJS.ProcessEnv): readonly string[] {
  if (!env.SECRET_KEYS?.trim()) return [];
  return readOrThrow(env, readSecretKeys).map(({ id }) => id);
}

function chosenId(id: string, taken: readonly string[]): string {
  if (!isKeyId(id))
    throw new UsageError('An id is of at most 32 letters, digits, dots, hyphens and underscores.');
  if (taken.includes(id)) throw new UsageError(`SECRET_KEYS has a key "${id}" already; give another id.`);
  return id;
}

/** `k20260131`, and `k20260131-2` when that is taken. */
function freshId(taken: readonly string[], now = new Date()): string {
  const date = `k${now.toISOString().slice(0, 10).replaceAll('-', '')}`;
  const ids = [date, ...taken.map((_id, index) => `${date}-${index + 2}`)];
  return ids.find((id) => !taken.includes(id)) ?? date;
}
