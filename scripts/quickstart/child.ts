import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { KeptCommand } from './keeper.js';

const FOLLOW_PARENT = new URL('./follow-parent.js', import.meta.url).href;
const KEEPER = fileURLToPath(new URL('./keeper.js', import.meta.url));
const TAIL_LINES = 500;

export interface ChildOptions {
  /** How it is called in messages. */
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  /** Everything it writes is appended here. */
  readonly logFile?: string;
  /** Its warnings and errors are on the console already, so its end does not quote them. */
  readonly loud?: boolean;
  /** Called for every line it writes. */
  readonly onLine?: (line: string) => void;
  /** Called once it has been started, before it is ready. */
  readonly onStart?: (child: Child) => void;
}

/** A process of ours: it has a process group of its own, so that Ctrl-C reaches it through us, in order, and ends when we do. */
export class Child {
  readonly exited: Promise<number>;
  exitCode: number | undefined;
  private readonly tail: string[] = [];
  private readonly events = new EventEmitter();

  constructor(
    readonly name: string,
    readonly process: ChildProcess,
    private readonly options: ChildOptions,
  ) {
    this.events.setMaxListeners(0);
    const closed = once(process, 'close');
    this.exited = once(process, 'exit').then(async ([code]: (number | null)[]) => {
      // Its last words may still be on their way; a grandchild that holds the pipe is not waited for.
      await Promise.race([closed, delay(200, undefined, { ref: false })]);
      return (this.exitCode = code ?? 1);
    });
    const log =
      options.logFile === undefined ? undefined : createWriteStream(options.logFile, { flags: 'a' });
    for (const stream of [process.stdout!, process.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        log?.write(`${line}\n`);
        this.tail.push(line);
        if (this.tail.length > TAIL_LINES) this.tail.shift();
        options.onLine?.(line);
        this.events.emit('line', line);
      });
    }
    void closed.then(() => log?.end());
    options.onStart?.(this);
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** The last lines it wrote. */
  lastLines(count = 15): string[] {
    return this.tail.slice(-count);
  }

  /** Resolves with the first line, written already or to come, that fits; rejects when it ends or the time is over. */
  async line(fits: (line: string) => boolean, timeoutMs = 30_000): Promise<string> {
    const written = this.tail.find(fits);
    if (written !== undefined) return written;
    const found = new Promise<string>((resolve) => {
      this.events.on('line', (line: string) => {
        if (fits(line)) resolve(line);
      });
    });
    return await this.whileRunning(found, timeoutMs);
  }

  /** Waits for what is promised, no longer than the child lives and the time allows. */
  async whileRunning<T>(promised: Promise<T>, timeoutMs: number): Promise<T> {
    const over = new AbortController();
    const ended = this.exited.then((code) => {
      throw new Error(this.describeEnd(code));
    });
    const late = delay(timeoutMs, undefined, { signal: over.signal }).then(() => {
      throw new Error(`${this.name} was not ready after ${timeoutMs / 1000} s:\n${this.quotedTail()}`);
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([promised, ended, late]);
    } finally {
      over.abort();
    }
  }

  describeEnd(code: number): string {
    const ended = `${this.name} ended with code ${code}`;
    return this.options.loud
      ? `${ended}; its log is ${this.options.logFile ?? 'above'}`
      : `${ended}; its last lines:\n${this.quotedTail()}`;
  }

  /** Asks it to end, waits, and takes it down when it does not. Resolves with its exit code. */
  async stop(graceMs = 10_000): Promise<number> {
    if (this.exitCode !== undefined) return this.exitCode;
    this.process.kill('SIGTERM');
    const over = new AbortController();
    void delay(graceMs, undefined, { signal: over.signal }).then(
      () => this.kill(),
      () => undefined,
    );
    const code = await this.exited;
    over.abort();
    return code;
  }

  /** SIGKILL to it and to what it started. */
  async kill(): Promise<void> {
    if (this.exitCode !== undefined) return;
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // It ended in this very moment.
    }
    await this.exited;
  }

  private quotedTail(): string {
    return this.lastLines()
      .map((line) => `  | ${line}`)
      .join('\n');
  }
}

/** Starts a compiled module of this project in a Node of its own. */
export function startNode(module: string, options: ChildOptions, args: readonly string[] = []): Child {
  const child = fork(module, args, {
    env: options.env,
    execArgv: ['--enable-source-maps', '--import', FOLLOW_PARENT],
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  return new Child(options.name, child, options);
}

/** Starts a native server under a keeper. */
export function startNative(command: KeptCommand, options: ChildOptions): Child {
  const child = fork(KEEPER, [JSON.stringify(command)], {
    env: options.env,
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  return new Child(options.name, child, options);
}
