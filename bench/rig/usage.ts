import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

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

function ofOne(pid: string): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the command in parentheses and may hold spaces; utime and stime are the 14th and 15th.
  const [utime = 0, stime = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
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
