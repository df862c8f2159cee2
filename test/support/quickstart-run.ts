import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/quickstart/ports.js';

export const projectRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Where a quickstart listens, by the environment variable that says so. */
export type QuickstartPorts = Readonly<
  Record<'PORT' | 'AUTH_PORT' | 'MAIL_WEB_PORT' | 'MAIL_SMTP_PORT', string>
>;

export async function freeQuickstartPorts(): Promise<QuickstartPorts> {
  const [api, auth, web, smtp] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  return {
    PORT: String(api),
    AUTH_PORT: String(auth),
    MAIL_WEB_PORT: String(web),
    MAIL_SMTP_PORT: String(smtp),
  };
}

/** Commands of a page, on the ports of a run in the place of the usual ones. */
export function onPorts(commands: string, ports: QuickstartPorts): string {
  return commands.replaceAll(':3000/v1', `:${ports.PORT}/v1`).replaceAll(':3001/', `:${ports.AUTH_PORT}/`);
}

/** One `npm start`, as the shell sees it. */
export class QuickstartRun {
  output = '';
  private readonly process: ChildProcess;
  private readonly ended: Promise<number | null>;

  constructor(env: NodeJS.ProcessEnv) {
    this.process = spawn(process.execPath, [join(projectRoot, 'scripts', 'start.mjs')], {
      cwd: projectRoot,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.ended = once(this.process, 'close').then(([code]: (number | null)[]) => code ?? null);
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** Resolves with the seconds that the start says it took. */
  async ready(): Promise<number> {
    for (;;) {
      const ready = /Ready after ([\d.]+) s/.exec(this.output);
      if (ready) return Number(ready[1]);
      const ended = await Promise.race([this.ended, once(this.process.stdout!, 'data')]);
      if (!Array.isArray(ended)) throw new Error(`The quickstart ended:\n${this.output}`);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.process.kill(signal);
    return await this.ended;
  }

  async exitCode(): Promise<number | null> {
    return await this.ended;
  }
}
