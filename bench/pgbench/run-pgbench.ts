import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onPath } from '../../scripts/quickstart/on-path.js';
import type { Script } from '../record/script.js';
import { productOptions } from '../rig/product-options.js';
import type { Rig } from '../rig/rig.js';
import { idOf, type IdSeries, pgbenchScript } from './write-script.js';

/** Where pgbench is; it comes with PostgreSQL's client programs. */
export function findPgbench(): string | undefined {
  return onPath('pgbench');
}

export interface PgbenchJob {
  readonly script: Script;
  /** Of each client: as many challenges are prepared, when a state is given that they are to be in. */
  readonly transactions: number;
  readonly state: 'ISSUED' | 'VERIFIED' | undefined;
  /** What holds of each prepared challenge afterwards, in SQL. */
  readonly leaves: string;
}

/** Runs the script's statements from pgbench; resolves with transactions per second. Throws with what pgbench says. */
export async function runPgbench(
  program: string,
  { options, database, client, stock, belongings }: Rig,
  { script, transactions, state, leaves }: PgbenchJob,
): Promise<number> {
  const clients = Math.min(options.connections, Number(process.env['DATABASE_POOL_SIZE'] ?? 20));
  const series: IdSeries = { seed: randomBytes(6).toString('hex'), at: Date.now() };
  const ids = Array.from({ length: state ? clients : 0 }, (_, number) =>
    Array.from({ length: transactions }, (__, index) => idOf(series, number, index + 1)),
  ).flat();
  if (state) await stock.make(ids.length, state, ids);
  const folder = mkdtempSync(join(tmpdir(), 'acs-pgbench-'));
  const file = join(folder, 'script.sql');
  writeFileSync(file, pgbenchScript(script, series));
  await client.query('CHECKPOINT');
  const counts = ['-c', String(clients), '-t', String(transactions)];
  const args = ['-n', '-M', 'prepared', ...counts, '-D', 'k=0', '-f', file];
  const child = spawn(program, args, { env: { ...process.env, ...connectionOf(database.apiUrl) } });
  belongings.add('pgbench', async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill();
    return Promise.resolve();
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  rmSync(folder, { recursive: true, force: true });
  const said = Buffer.concat(output).toString();
  const tps = /^tps = ([\d.]+)/m.exec(said)?.[1];
  if (code !== 0 || tps === undefined)
    throw new Error(`pgbench ended with ${code ?? 'a signal'}: ${said.slice(0, 1_000)}`);
  const left = await client.query(`SELECT FROM challenge WHERE id = ANY($1::uuid[]) AND ${leaves}`, [ids]);
  if (left.rowCount !== ids.length) throw new Error('pgbench has not done what the product does');
  return Number(tps);
}

function connectionOf(databaseUrl: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  return {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
    PGOPTIONS: productOptions(true),
  };
}
