import type { Command } from 'commander';
import { SqlAuditTrail } from '../../audit/sql-audit-trail.js';
import { countUpTo } from '../count.js';
import { withOwner } from '../database.js';
import { EraseTenant } from '../erasure/erase-tenant.js';
import { readTenantTables } from '../erasure/tenant-tables.js';
import { UsageError } from '../failures.js';
import { operatorActor } from '../operator.js';
import { plainText, type Terminal } from '../terminal.js';

interface EraseOptions {
  readonly batch: number;
  readonly yes?: true;
  readonly by?: string;
}

const EXPLANATION = `
It removes every row that the tenant has in any table, its audit trail included, and leaves one audit row, tenant.erased,
with who, when and how many; those of earlier erasures stay. There is no way back. Take the tenant from AUTH_ISSUERS
first, so that nothing new comes. MIGRATION_DATABASE_URL names the database: the processes' own roles cannot erase. It
may be interrupted and run again. docs/erasure.md has the details.

Examples:
  acs tenant erase acme
  acs tenant erase acme --yes --by "Ada, ticket 4711"`;

export function addTenantErase(tenant: Command, terminal: Terminal): void {
  tenant
    .command('erase')
    .description('Removes everything of a tenant, after a confirmation.')
    .argument('<tenant>', 'its name')
    .option('--yes', 'do not ask')
    .option('--by <name>', 'who asked for it, for the audit row; the user of the system when left out')
    .option('--batch <n>', 'rows at a time', countUpTo(10_000), 1_000)
    .addHelpText('after', EXPLANATION)
    .action((name: string, options: EraseOptions) => erase(name, options, terminal));
}

async function erase(tenant: string, { batch, yes, by }: EraseOptions, terminal: Terminal): Promise<void> {
  await withOwner(terminal.env, async (transactor, dataSource) => {
    const tables = await readTenantTables(dataSource);
    if (!yes) await confirm(tenant, terminal);
    const eraseTenant = new EraseTenant(transactor, new SqlAuditTrail(), tables, (line) => {
      terminal.note(line);
    });
    const erased = await eraseTenant.execute(tenant, operatorActor(by), batch);
    if (!erased) {
      terminal.note(plainText(`There is nothing of the tenant "${tenant}" to erase.`));
      return;
    }
    const counts = Object.entries(erased).map(([table, rows]) => `${table} ${rows}`);
    await terminal.out(plainText(`erased ${tenant}: ${counts.join(', ')}`));
  });
}

async function confirm(tenant: string, terminal: Terminal): Promise<void> {
  const typed = await terminal.ask(
    plainText(`Everything of "${tenant}" will be gone for good. Type its name to go on: `),
  );
  if (typed?.trim() !== tenant) throw new UsageError('That is not its name: nothing was erased.');
}
