import type { Command } from 'commander';
import type { AuditReader, AuditRecord, AuditSelection } from '../../audit/audit-reader.js';
import { SqlAuditReader } from '../../audit/sql-audit-reader.js';
import type { Transactor } from '../../shared/transactor.js';
import { auditJson, auditLine } from '../audit/audit-line.js';
import { recordsAsTheyCome, recordsSoFar } from '../audit/audit-stream.js';
import { parseTimePoint, timeOf, type TimePoint } from '../audit/time-point.js';
import { withTransactor } from '../database.js';
import { UsageError } from '../failures.js';
import { parseIdentifier, parseLimit } from '../options.js';
import type { Terminal } from '../terminal.js';

interface AuditOptions {
  readonly tenant: string;
  readonly since?: TimePoint;
  readonly until?: TimePoint;
  readonly object?: string;
  readonly event?: string;
  readonly limit?: number;
  readonly json?: true;
  readonly follow?: true;
}

const EXAMPLES = `
DATABASE_URL names the database, with a login role that is a member of acs_api or acs_worker.

Examples:
  acs audit --tenant acme --since 1h
  acs audit --tenant acme --event challenge. --since 2026-01-01T00:00Z --until 2026-01-02T00:00Z
  acs audit --tenant acme --object 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f --json
  acs audit --tenant acme --follow`;

export function addAudit(program: Command, terminal: Terminal): void {
  program
    .command('audit')
    .description("Prints a tenant's audit trail, the oldest row first.")
    .requiredOption('--tenant <name>', 'whose rows')
    .option('--since <time>', 'from this time on: 2026-01-01T00:00Z, or an age such as 1h', parseTimePoint)
    .option('--until <time>', 'before this time, in the same forms', parseTimePoint)
    .option('--object <id>', 'of one challenge or policy', parseIdentifier)
    .option('--event <prefix>', 'events that begin so: challenge. or policy.updated')
    .option('--limit <n>', 'stop after so many rows', parseLimit)
    .option('--json', 'one JSON object a line')
    .option('--follow', 'go on with rows as they come, from now on or from --since; Ctrl-C ends it')
    .addHelpText('after', EXAMPLES)
    .action((options: AuditOptions) => audit(options, terminal));
}

async function audit(options: AuditOptions, terminal: Terminal): Promise<void> {
  if (options.follow && options.until) throw new UsageError('--follow has no end: leave --until out.');
  await withTransactor(terminal.env, async (transactor) => {
    const reader = new SqlAuditReader();
    const selection = await selectionOf(options, transactor, reader);
    const read = (after: string | undefined, limit: number): Promise<AuditRecord[]> =>
      transactor.inTenant(options.tenant, (tx) => reader.page(tx, { ...selection, after }, limit));
    const records = options.follow ? recordsAsTheyCome(read, terminal.stopRequested()) : recordsSoFar(read);
    await print(records, options, terminal);
  });
}

async function selectionOf(
  { tenant, since, until, object, event, follow }: AuditOptions,
  transactor: Transactor,
  reader: AuditReader,
): Promise<AuditSelection> {
  const now = await transactor.inTenant(tenant, (tx) => reader.now(tx));
  const from = since ? timeOf(since, now) : follow ? now : undefined;
  return { from, until: until && timeOf(until, now), objectId: object, eventPrefix: event };
}

async function print(
  records: AsyncIterable<AuditRecord>,
  { tenant, json, limit = Infinity }: AuditOptions,
  terminal: Terminal,
): Promise<void> {
  let printed = 0;
  for await (const record of records) {
    await terminal.out(json ? auditJson(record) : auditLine(record));
    printed += 1;
    if (printed >= limit) return;
  }
  if (printed === 0) terminal.note(`The tenant "${tenant}" has no audit rows that were asked for.`);
}
