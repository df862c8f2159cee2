import { once } from 'node:events';

/** What a command has of the world around it, besides files and network. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** Writes a line of the result; resolves once more may be written. */
  out(line: string): Promise<void>;
  /** Writes a line that is about the result: a note, a warning, a failure. */
  note(line: string): void;
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
