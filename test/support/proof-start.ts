import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type ProcessName = 'api' | 'worker' | 'migrate';

/** How a process ended that should not have started. */
export interface RefusedStart {
  /** Null for one that had to be ended, for it started. */
  readonly code: number | null;
  readonly output: string;
  /** Every line it wrote, as logged. */
  readonly messages: readonly string[];
}

const LONGEST_START_MS = 40_000;

/** Runs a process with this environment and no other, to its end. */
export async function startRefused(name: ProcessName, env: NodeJS.ProcessEnv): Promise<RefusedStart> {
  const main = fileURLToPath(new URL(`../../src/main.${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [main], { env: { PATH: process.env['PATH'], ...env } });
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_START_MS);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  const lines = output.split('\n').filter((line) => line !== '');
  return { code, output, messages: lines.map((line) => (JSON.parse(line) as { msg: string }).msg) };
}
