import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What a command has of the world around it, besides files and network. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** Writes a line of the result; resolves once more may be written. */
  out(line: string): Promise<void>;
  /** Writes a line that is about the result: a note, a warning, a failure. */
  note(line: string): void;
  /** Asks a person for a line, or reads the first one of what was piped in; undefined when there is none. */
  ask(question: string): Promise<string | undefined>;
  /** From the first call on, a request to stop aborts the signal instead of ending the process. */
  stopRequested(): AbortSignal;
}

/** The terminal of this process. A reader that goes away, such as `head`, ends it quietly. */
export function processTerminal(): Terminal {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    env: process.env,
    out: async (line) => {
      if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
    },
    note: (line) => {
      process.stderr.write(`${line}\n`);
    },
    ask: async (question) => {
      if (process.stdin.isTTY) process.stderr.write(question);
      for await (const line of createInterface({ input: process.stdin })) return line;
      return undefined;
    },
    stopRequested: () => {
      const controller = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.once(signal, () => {
          controller.abort();
        });
      return controller.signal;
    },
  };
}

/** Text from elsewhere, without what would command the terminal or turn the line around. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '\uFFFD');
}
