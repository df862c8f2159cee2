import { type ChildProcess, spawn } from 'node:child_process';
import { eventually } from './eventually.js';

/** A bash into which commands are pasted. */
export class Terminal {
  private readonly bash: ChildProcess = spawn('bash', ['-e'], { stdio: ['pipe', 'pipe', 'inherit'] });
  private output = '';
  private pasted = 0;

  constructor() {
    this.bash.stdout!.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  /** Resolves with what the commands printed. */
  async paste(commands: string): Promise<string> {
    this.output = '';
    const end = `--- end of paste ${(this.pasted += 1)}\n`;
    this.bash.stdin!.write(`${commands}\necho; echo '${end.trimEnd()}'\n`);
    await eventually(() => {
      if (this.bash.exitCode !== null) throw new Error(`A command failed after: ${this.output}`);
      return this.output.endsWith(end);
    });
    return this.output.slice(0, -end.length).trim();
  }

  close(): void {
    this.bash.stdin!.end();
  }
}
