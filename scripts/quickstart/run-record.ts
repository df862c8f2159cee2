import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Child } from './child.js';
import { commandOf, endLeftover } from './processes.js';
import { QuickstartError } from './settings.js';

interface Recorded {
  readonly pid: number;
  /** A part of its command line that tells it from a stranger with the same number. */
  readonly mark: string;
}

/** The processes of the running quickstart, in a file, so that the next start can clear up after one that was killed. */
export class RunRecord {
  private readonly file: string;
  private children: readonly Recorded[] = [];

  constructor(dataDir: string) {
    this.file = join(dataDir, 'run.json');
  }

  /** Ends what a killed quickstart left; throws `QuickstartError` when one is running on this folder. */
  async takeOver(): Promise<void> {
    const previous = this.read();
    if (previous && previous.main.pid !== process.pid) {
      if (commandOf(previous.main.pid)?.includes(previous.main.mark)) {
        throw new QuickstartError(
          `A quickstart is running on this data folder already (process ${previous.main.pid}). ` +
            'Stop it, or set DATA_DIR and the ports for a second one.',
        );
      }
      await Promise.all(previous.children.map(({ pid, mark }) => endLeftover(pid, mark, 'SIGTERM')));
    }
    this.write();
  }

  add(child: Child): void {
    const recorded = {
      pid: child.pid,
      mark: child.process.spawnargs.find((part) => part.endsWith('.js')) ?? '',
    };
    this.children = [...this.children, recorded];
    this.write();
    void child.exited.then(() => {
      this.children = this.children.filter((other) => other !== recorded);
    });
  }

  clear(): void {
    rmSync(this.file, { force: true });
  }

  private read(): { readonly main: Recorded; readonly children: readonly Recorded[] } | undefined {
    if (!existsSync(this.file)) return undefined;
    try {
      return JSON.parse(readFileSync(this.file, 'utf8')) as { main: Recorded; children: Recorded[] };
    } catch {
      return undefined;
    }
  }

  private write(): void {
    // It was given relative to wherever it was started.
    const main: Recorded = { pid: process.pid, mark: basename(process.argv[1] ?? '') };
    writeFileSync(this.file, JSON.stringify({ main, children: this.children }));
  }
}
