import type { Statement } from '../shared/transactor.js';

/** Settings of PostgreSQL by name, with units where they are times. */
export type SessionSettings = Readonly<Record<string, string>>;

/** What holds whenever a process is in the database, but for plans: PostgreSQL gives up before the caller does. */
const SETTINGS: SessionSettings = {
  lock_timeout: '2s',
  idle_in_transaction_session_timeout: '10s',
  // A plan that is kept may be from when a day's partition was empty: reading it whole must not look cheap then.
  enable_seqscan: 'off',
  // So that a statement can name its index, by an order that only this one has.
  enable_sort: 'off',
  // What has to read a table whole all the same then looks so dear that it would be compiled, for seconds.
  jit: 'off',
};

export function sessionSettings(of: {
  readonly statementMs: number;
  readonly durable: boolean;
  readonly prepared: boolean;
}): SessionSettings {
  return {
    ...SETTINGS,
    statement_timeout: `${of.statementMs}ms`,
    ...(of.durable ? {} : { synchronous_commit: 'off' }),
    // The hot tables are partitioned: planning for each set of values costs several times what pruning at run time does.
    ...(of.prepared ? { plan_cache_mode: 'force_generic_plan' } : {}),
  };
}

/** The settings as the startup parameter `options`: they hold for the session. */
export function asOptions(settings: SessionSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** What a transaction begins with: the statement that sets its tenant and whatever else is to hold within it. */
export function openingOf(settings: SessionSettings): (tenant: string) => Statement {
  const text = [
    `SELECT set_config('acs.tenant_id', $1, true)`,
    ...Object.entries(settings).map(asLocal),
  ].join();
  return (tenant) => ({ name: 'tenant', text, values: [tenant] });
}

/** The settings as a statement that has them hold until the transaction ends. */
export function asLocalStatement(settings: SessionSettings): string {
  return `SELECT ${Object.entries(settings).map(asLocal).join()}`;
}

/** Names and values are constants of this file. */
function asLocal([name, value]: readonly [string, string]): string {
  return `set_config('${name}', '${value}', true)`;
}
