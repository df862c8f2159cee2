import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAcs } from '../../src/cli/acs.js';

export interface CliRun {
  readonly code: number;
  /** Lines of standard output, and of standard error. */
  readonly out: readonly string[];
  readonly notes: readonly string[];
}

export interface CliOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** What the command reads when it asks. */
  readonly input?: string;
  /** Asks the command to stop. */
  readonly stop?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** Runs a command of `acs` in this process. */
export async function acs(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const out: string[] = [];
  const notes: string[] = [];
  const code = await runAcs(args, {
    env: options.env ?? {},
    out: (text) => {
      for (const line of text.split('\n')) {
        out.push(line);
        options.onLine?.(line);
      }
      return Promise.resolve();
    },
    note: (text) => notes.push(...text.split('\n')),
    ask: () => Promise.resolve(options.input),
    stopRequested: () => options.stop ?? new AbortController().signal,
  });
  return { code, out, notes };
}

/** Writes a file of this name into a folder of its own; resolves to its path. */
export function fileOf(name: string, content: string | object): string {
  const path = join(mkdtempSync(join(tmpdir(), 'acs-cli-')), name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
  return path;
}

/** What `doctor` said. */
export interface Diagnosis {
  readonly code: number;
  readonly lines: readonly string[];
  /** What was said about a subject: `ok …`, `warn …`, `fail …`, a line each. */
  readonly of: (subject: string) => string;
}

/** Runs `doctor` on an environment. */
export async function doctor(env: NodeJS.ProcessEnv): Promise<Diagnosis> {
  const { code, out } = await acs(['doctor'], { env });
  return {
    code,
    lines: out,
    of: (subject) => {
      const found = out.filter((line) => line.slice(6).startsWith(`${subject}: `));
      return found.map((line) => `${line.slice(0, 4).trim()} ${line.slice(8 + subject.length)}`).join('\n');
    },
  };
}
