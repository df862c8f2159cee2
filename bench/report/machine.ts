import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import pg from 'pg';

export interface Circumstances {
  readonly at: string;
  readonly command: string;
  readonly commit: string;
  readonly machine: string;
  readonly node: string;
  readonly postgresql: string;
  readonly connections: number;
  readonly runs: number;
  readonly seconds: number;
}

/** What was measured, where and how. */
export async function circumstances(
  client: pg.Client,
  { connections, runs, seconds }: { connections: number; runs: number; seconds: number },
): Promise<Circumstances> {
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  const processors = cpus();
  return {
    at: new Date().toISOString(),
    command: ['npm run bench', ...process.argv.slice(2)].join(' '),
    commit: commit(),
    machine: `${processors[0]?.model ?? 'unknown'}, ${processors.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.versions.node,
    postgresql: rows[0]?.server_version ?? 'unknown',
    connections,
    runs,
    seconds,
  };
}

export function describe(circumstances: Circumstances): string {
  const { command, commit: at, machine, node, postgresql, connections, runs, seconds } = circumstances;
  return [
    `${command} at ${at}`,
    `${machine}; Node ${node}, PostgreSQL ${postgresql}; ${connections} connections, ${runs} runs of ${seconds} s, medians`,
  ].join('\n');
}

function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' with changes');
  } catch {
    return 'an unknown commit';
  }
}
