import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The command line of a running process; undefined when there is none. */
export function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
  } catch {
    return process.platform === 'linux' ? undefined : commandByPs(pid);
  }
}

function commandByPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/**
 * Waits for the process to end by itself, then asks it to, then takes it down. Only while its command line still
 * contains the mark: the number may belong to another process by now.
 */
export async function endLeftover(pid: number, mark: string, signal: NodeJS.Signals): Promise<void> {
  const ours = (): boolean => commandOf(pid)?.includes(mark) ?? false;
  for (const [step, waitMs] of [
    [undefined, 1_000],
    [signal, 10_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!ours()) return;
    if (step !== undefined) process.kill(pid, step);
    const until = Date.now() + waitMs;
    while (ours() && Date.now() < until) await delay(50);
  }
}
