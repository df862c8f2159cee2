import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type pg from 'pg';

/** What a process and its children have used so far. */
export interface Usage {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

/** Of a process, by its number, and of its children. Undefined where there is no `/proc`. */
export function usageOf(pid: number): Usage | undefined {
  if (process.platform !== 'linux') return undefined;
  return [String(pid), ...childrenOf(pid)].map(ofOne).reduce((sum, { cpuMs, rssMiB }) => ({
    cpuMs: sum.cpuMs + cpuMs,
    rssMiB: sum.rssMiB + rssMiB,
  }));
}

/** What the PostgreSQL of a connection has used so far, and how much it has logged. Undefined where it is not on this machine. */
export async function databaseUsage(
  client: pg.Client,
): Promise<{ readonly cpuMs: number; readonly walBytes: number } | undefined> {
  const { rows } = await client.query<{ pid: number; wal: string }>(
    `SELECT pg_backend_pid() AS pid, pg_current_wal_lsn() - '0/0' AS wal`,
  );
  const [row] = rows;
  if (!row || process.platform !== 'linux' || !existsSync(`/proc/${row.pid}/stat`)) return undefined;
  const [, parent = 0] = fieldsOf(String(row.pid));
  // Of those that have ended, the sums are kept by their parent.
  const [, , , , , , , , , , , , , cutime = 0, cstime = 0] = fieldsOf(String(parent));
  const { cpuMs } = usageOf(parent) ?? { cpuMs: NaN };
  return { cpuMs: cpuMs + ((cutime + cstime) * 1_000) / ticksPerSecond(), walBytes: Number(row.wal) };
}

/** The fields of a process's `stat` from the third on: the second is its command in parentheses and may hold spaces. */
function fieldsOf(pid: string): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}

function ofOne(pid: string): Usage {
  const [utime = 0, stime = 0] = fieldsOf(pid).slice(11, 13);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rssKiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return { cpuMs: ((utime + stime) * 1_000) / ticksPerSecond(), rssMiB: rssKiB / 1_024 };
}

/** Those of `WEB_CONCURRENCY`. */
function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

let ticks: number | undefined;

function ticksPerSecond(): number {
  return (ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })));
}
