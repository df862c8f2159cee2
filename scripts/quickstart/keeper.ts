import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

/** What the keeper is to run; its only argument, as JSON. */
export interface KeptCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Run as this user; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What the command takes for "end now, in order". */
  readonly stopSignal: NodeJS.Signals;
  /** A folder to delete once the command has ended. */
  readonly removeAfter?: string;
}

/** Runs a native server (PostgreSQL, Redis) and ends it when asked to or when the parent is gone, however it went. */
function keep({ command, args, user, stopSignal, removeAfter }: KeptCommand): void {
  const server = spawn(command, args, { ...user, stdio: ['ignore', 'inherit', 'inherit'] });
  const end = (): void => {
    server.kill(stopSignal);
    setTimeout(() => server.kill('SIGKILL'), 15_000).unref();
  };
  const finish = (code: number): void => {
    if (removeAfter !== undefined) rmSync(removeAfter, { recursive: true, force: true });
    process.exit(code);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('disconnect', end);
  server.on('error', (error) => {
    console.error(error.message);
    finish(127);
  });
  server.on('exit', (code, signal) => {
    finish(code ?? (signal === stopSignal ? 0 : 1));
  });
  process.send?.({ kept: server.pid });
}

if (process.argv[2] !== undefined) keep(JSON.parse(process.argv[2]) as KeptCommand);
