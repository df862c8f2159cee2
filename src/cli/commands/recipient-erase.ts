import type { Command } from 'commander';
import { SqlAuditTrail } from '../../audit/sql-audit-trail.js';
import { TransitionRecorder } from '../../challenge/application/transition-recorder.js';
import { IdentityIndex } from '../../challenge/crypto/identity-index.js';
import { failureKeys } from '../../challenge/persistence/sql-attempt-counter.js';
import { SqlChallengeRepository } from '../../challenge/persistence/sql-challenge-repository.js';
import { DeploymentCeilings } from '../../config/application/deployment-ceilings.js';
import { ceilingsWith } from '../../config/domain/ceilings-overlay.js';
import { SqlConfigurationReader } from '../../config/persistence/sql-configuration-reader.js';
import { SqlOutbox } from '../../delivery/persistence/sql-outbox.js';
import { readCeilings } from '../../environment/network.js';
import { readSecretKeys } from '../../environment/secret-keys.js';
import { KeyRing } from '../../keys/key-ring.js';
import type { Transactor } from '../../shared/transactor.js';
import { readOrThrow, withOwner } from '../database.js';
import { EraseRecipient, type ErasedRecipient } from '../erasure/erase-recipient.js';
import { knownAs, recipientOf } from '../erasure/known-recipient.js';
import { RecipientRows } from '../erasure/recipient-rows.js';
import { readTenantTables } from '../erasure/tenant-tables.js';
import { CommandFailed, UsageError } from '../failures.js';
import { operatorActor } from '../operator.js';
import type { Terminal } from '../terminal.js';

interface EraseOptions {
  readonly tenant: string;
  readonly by?: string;
}

const EXPLANATION = `
The address is asked for, or read from standard input; it is no argument, since those are shown by ps and kept by
shells. It cancels the recipient's open challenges, then removes all challenges that a key of SECRET_KEYS finds, with
their deliveries and the counters of what was sent, and leaves an audit row, recipient.erased, with counts alone. Failed
answers stay counted until their window ends. MIGRATION_DATABASE_URL names the database, SECRET_KEYS (and CEILINGS, where
the API has them) are the API's. docs/erasure.md has the details.

Examples:
  acs recipient erase --tenant acme
  acs recipient erase --tenant acme --by "Ada, ticket 4711" < address.txt`;

export function addRecipientErase(recipient: Command, terminal: Terminal): void {
  recipient
    .command('erase')
    .description("Removes what a tenant's challenges hold about one person, by address.")
    .requiredOption('--tenant <name>', 'whose challenges')
    .option('--by <name>', 'who asked for it, for the audit row; the user of the system when left out')
    .addHelpText('after', EXPLANATION)
    .action((options: EraseOptions) => erase(options, terminal));
}

async function erase({ tenant, by }: EraseOptions, terminal: Terminal): Promise<void> {
  const keys = new KeyRing(readOrThrow(terminal.env, readSecretKeys));
  const ceilings = deploymentCeilings(terminal.env);
  await withOwner(terminal.env, async (transactor, dataSource) => {
    await readTenantTables(dataSource);
    const recipient = recipientOf(await askForAddress(terminal));
    const index = new IdentityIndex(keys);
    const rows = new RecipientRows();
    const known = await transactor.inTenant(tenant, (tx) =>
      knownAs(tx, recipient, index, new SqlConfigurationReader(ceilings), rows),
    );
    const erased = await eraserOf(transactor, keys, rows).execute(tenant, known, operatorActor(by));
    await terminal.out(told(erased));
    const until = await transactor.inTenant(tenant, (tx) =>
      rows.failuresUntil(tx, failureKeys(known.indexes)),
    );
    if (until) terminal.note(`Failed answers stay counted, as a keyed hash, until ${until.toISOString()}.`);
  });
}

async function askForAddress(terminal: Terminal): Promise<string> {
  const typed = (await terminal.ask('E-mail address or phone number: '))?.trim();
  if (!typed) throw new UsageError('No address was given: nothing was erased.');
  return typed;
}

function eraserOf(transactor: Transactor, keys: KeyRing, rows: RecipientRows): EraseRecipient {
  const challenges = new SqlChallengeRepository();
  const audit = new SqlAuditTrail();
  const transitions = new TransitionRecorder(challenges, new SqlOutbox(keys), audit);
  return new EraseRecipient(transactor, challenges, transitions, audit, rows);
}

function deploymentCeilings(env: NodeJS.ProcessEnv): DeploymentCeilings {
  const merged = ceilingsWith(readOrThrow(env, readCeilings));
  if ('findings' in merged) throw new CommandFailed(`CEILINGS: ${merged.findings.join('; ')}`);
  return new DeploymentCeilings(merged.ceilings);
}

function told({ cancelled, challenges, deliveries, attempts, counters }: ErasedRecipient): string {
  return `erased: challenges ${challenges} (open ${cancelled}), deliveries ${deliveries}, attempts ${attempts}, counters ${counters}`;
}
