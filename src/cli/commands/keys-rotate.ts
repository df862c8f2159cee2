import type { Command } from 'commander';
import type { DataSource } from 'typeorm';
import { SEALED_OUTCOMES } from '../../challenge/persistence/sql-idempotency-store.js';
import { SEALED_MESSAGES } from '../../delivery/persistence/sealed-message.js';
import { readSecretKeys } from '../../environment/secret-keys.js';
import { KeyRing } from '../../keys/key-ring.js';
import { Resealing } from '../../keys/resealing.js';
import type { Transactor } from '../../shared/transactor.js';
import { countUpTo } from '../count.js';
import { readOrThrow, withTransactor } from '../database.js';
import { CommandFailed } from '../failures.js';
import { readKeyUsage, usageLines } from '../keys/key-usage.js';
import { RotateKeys, type Rotated } from '../keys/rotate-keys.js';
import { plainText, type Terminal } from '../terminal.js';

/** Everything that is sealed. */
export const SEALED_COLUMNS = [SEALED_MESSAGES, SEALED_OUTCOMES];

/** Looking through all of a table takes longer than a request may. */
const LIMITS = { statementMs: 15 * 60_000 };

interface RotateOptions {
  readonly batch: number;
  readonly dryRun?: true;
}

const EXPLANATION = `
Run it where a worker runs, with its DATABASE_URL and SECRET_KEYS, once every process has the new key first. It may run
while the service does, can be interrupted, and goes on where it was when it is run again. Then it tells of each other
key what still needs it, and until when. docs/keys.md has the whole procedure.

Examples:
  acs keys rotate --dry-run
  acs keys rotate --batch 100`;

export function addKeysRotate(keys: Command, terminal: Terminal): void {
  keys
    .command('rotate')
    .description('Seals with the first key of SECRET_KEYS what others sealed, and tells when those may go.')
    .option('--batch <n>', 'rows at a time', countUpTo(10_000), 500)
    .option('--dry-run', 'change nothing: tell what needs which key')
    .addHelpText('after', EXPLANATION)
    .action((options: RotateOptions) => rotate(options, terminal));
}

async function rotate({ batch, dryRun }: RotateOptions, terminal: Terminal): Promise<void> {
  const keys = new KeyRing(readOrThrow(terminal.env, readSecretKeys));
  await withTransactor(
    terminal.env,
    async (transactor, dataSource) => {
      await assertWorker(dataSource);
      const leftovers = dryRun ? [] : await resealAll(keys, batch, transactor, dataSource, terminal);
      await terminal.out(`${keys.currentKeyId}: the first key`);
      for (const line of usageLines(await readKeyUsage(dataSource), keys.keyIds))
        await terminal.out(plainText(line));
      if (leftovers.length > 0) throw new CommandFailed(leftovers.join('\n'));
    },
    LIMITS,
  );
}

/** Returns what is wrong afterwards. */
async function resealAll(
  keys: KeyRing,
  batch: number,
  transactor: Transactor,
  dataSource: DataSource,
  terminal: Terminal,
): Promise<string[]> {
  const rotateKeys = new RotateKeys(new Resealing(dataSource, transactor, keys), batch, (line) => {
    terminal.note(line);
  });
  const stopping = terminal.stopRequested();
  const wrong: string[] = [];
  for (const column of SEALED_COLUMNS) {
    const rotated = await rotateKeys.execute(column, stopping);
    await terminal.out(`${column.subject}: ${rotated.sealed} sealed again`);
    wrong.push(...leftoversOf(column.subject, rotated));
  }
  return stopping.aborted ? ['Stopped; run it again to go on.', ...wrong] : wrong;
}

function leftoversOf(subject: string, { unreadable, busy }: Rotated): string[] {
  return [
    ...(unreadable > 0
      ? [`${unreadable} ${subject} cannot be opened: their key is not in SECRET_KEYS, or they were altered.`]
      : []),
    ...(busy > 0 ? [`${busy} ${subject} were held by other transactions; run it again.`] : []),
  ];
}

async function assertWorker(dataSource: DataSource): Promise<void> {
  const [role] = await dataSource.query<{ fit: boolean }[]>(
    `SELECT has_function_privilege('key_usage()', 'EXECUTE') AS fit`,
  );
  if (!role?.fit)
    throw new CommandFailed(
      "DATABASE_URL: this needs the worker's login role, a member of acs_worker, which may look across tenants.",
    );
}
