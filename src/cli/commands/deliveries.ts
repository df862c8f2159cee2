import { type Command, Option } from 'commander';
import { SqlAuditReader } from '../../audit/sql-audit-reader.js';
import { SqlAuditTrail } from '../../audit/sql-audit-trail.js';
import { RetryDelivery } from '../../delivery/application/retry-delivery.js';
import type { DeliveryStatus } from '../../delivery/domain/delivery.js';
import { SqlDeliveryRecords } from '../../delivery/persistence/sql-delivery-records.js';
import type { Channel } from '../../template/template.js';
import { parseTimePoint, timeOf, type TimePoint } from '../audit/time-point.js';
import { withTransactor } from '../database.js';
import { deliveryJson, deliveryLine, deliveryLines } from '../deliveries/delivery-lines.js';
import { CommandFailed } from '../failures.js';
import { operatorActor } from '../operator.js';
import { parseIdentifier, parseLimit } from '../options.js';
import type { Terminal } from '../terminal.js';

interface TenantOptions {
  readonly tenant: string;
  readonly json?: true;
}

interface RetryOptions extends TenantOptions {
  readonly by?: string;
}

interface ListOptions extends TenantOptions {
  readonly status?: DeliveryStatus;
  readonly channel?: Channel;
  readonly since?: TimePoint;
  readonly limit: number;
}

const STATUSES: readonly DeliveryStatus[] = [
  'PENDING',
  'SENDING',
  'SENT',
  'DELIVERED',
  'FAILED',
  'UNKNOWN',
  'DEAD',
];
const USUAL_LIMIT = 50;

const EXAMPLES = `
DATABASE_URL names the database, with a login role that is a member of acs_api or acs_worker.

Examples:
  acs deliveries list --tenant acme --status FAILED --since 1h
  acs deliveries show 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f --tenant acme
  acs deliveries dead --tenant acme --json
  acs deliveries retry 01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f --tenant acme --by "Ada, ticket 4711"`;

export function addDeliveries(program: Command, terminal: Terminal): void {
  const deliveries = program
    .command('deliveries')
    .description("A tenant's messages: what became of them, and another try.")
    .addHelpText('after', EXAMPLES);
  listing(deliveries.command('list').description('Prints deliveries, the newest first.'))
    .addOption(new Option('--status <status>', 'in this status').choices(STATUSES))
    .action((options: ListOptions) => list(options, terminal));
  listing(
    deliveries.command('dead').description('Prints deliveries that ended every worker that tried them.'),
  ).action((options: ListOptions) => list({ ...options, status: 'DEAD' }, terminal));
  ofOne(deliveries.command('show').description('Prints a delivery with its attempts.'))
    .option('--json', 'one JSON object')
    .action((id: string, options: TenantOptions) => show(id, options, terminal));
  ofOne(
    deliveries
      .command('retry')
      .description('Has a delivery that is FAILED, UNKNOWN or DEAD tried again, while it is of use.'),
  )
    .option('--by <name>', 'who asked for it, for the audit row; the user of the system when left out')
    .action((id: string, options: RetryOptions) => retry(id, options, terminal));
}

function listing(command: Command): Command {
  return command
    .requiredOption('--tenant <name>', 'whose deliveries')
    .addOption(new Option('--channel <channel>', 'over this channel').choices(['EMAIL', 'SMS']))
    .option('--since <time>', 'from this time on: 2026-01-01T00:00Z, or an age such as 1h', parseTimePoint)
    .option('--limit <n>', 'at most so many', parseLimit, USUAL_LIMIT)
    .option('--json', 'one JSON object a line');
}

function ofOne(command: Command): Command {
  return command
    .argument('<id>', 'the identifier of the delivery', parseIdentifier)
    .requiredOption('--tenant <name>', 'whose delivery');
}

async function list(options: ListOptions, terminal: Terminal): Promise<void> {
  const { tenant, status, channel, since, limit, json } = options;
  const found = await withTransactor(terminal.env, (transactor) =>
    transactor.inTenant(tenant, async (tx) => {
      const from = since && timeOf(since, await new SqlAuditReader().now(tx));
      return await new SqlDeliveryRecords().list(tx, { status, channel, since: from }, limit);
    }),
  );
  for (const delivery of found) await terminal.out(json ? deliveryJson(delivery) : deliveryLine(delivery));
  if (found.length === 0) terminal.note(`The tenant "${tenant}" has no deliveries that were asked for.`);
  if (found.length === limit)
    terminal.note(`There may be more than ${limit}; --limit tells how many to print.`);
}

async function show(id: string, { tenant, json }: TenantOptions, terminal: Terminal): Promise<void> {
  const records = new SqlDeliveryRecords();
  const [delivery, attempts] = await withTransactor(terminal.env, (transactor) =>
    transactor.inTenant(tenant, (tx) => Promise.all([records.find(tx, id), records.attempts(tx, id)])),
  );
  if (!delivery) throw unknown(id, tenant);
  if (json) await terminal.out(deliveryJson(delivery, attempts));
  else for (const line of deliveryLines(delivery, attempts)) await terminal.out(line);
}

async function retry(id: string, { tenant, by }: RetryOptions, terminal: Terminal): Promise<void> {
  const decision = await withTransactor(terminal.env, (transactor) =>
    new RetryDelivery(transactor, new SqlDeliveryRecords(), new SqlAuditTrail()).execute(
      tenant,
      id,
      operatorActor(by),
    ),
  );
  if (!decision) throw unknown(id, tenant);
  if (decision.kind === 'refused')
    throw new CommandFailed(`Delivery ${id} is not tried again: ${decision.why}.`);
  await terminal.out(`Delivery ${id} is due again, with ${decision.attemptsMax} attempts in all.`);
}

function unknown(id: string, tenant: string): CommandFailed {
  return new CommandFailed(`The tenant "${tenant}" has no delivery ${id}. Deliveries are kept for 7 days.`);
}
