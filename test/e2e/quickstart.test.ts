import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../scripts/quickstart/ports.js';
import { commandOf } from '../../scripts/quickstart/processes.js';
import { onPath } from '../../scripts/quickstart/on-path.js';
import { freeQuickstartPorts, type QuickstartPorts, QuickstartRun } from '../support/quickstart-run.js';

const MINUTE = 60_000;

describe('npm start', () => {
  const home = mkdtempSync(join(tmpdir(), 'acs-quickstart-'));
  const running = new Set<QuickstartRun>();
  let ports: QuickstartPorts;

  const start = (env: NodeJS.ProcessEnv = {}): QuickstartRun => {
    const started = new QuickstartRun({ ...ports, DATA_DIR: join(home, 'data'), ...env });
    running.add(started);
    return started;
  };
  const mailCount = async (): Promise<number> => {
    const mails = await fetch(`http://localhost:${ports.MAIL_WEB_PORT}/api/email`);
    return ((await mails.json()) as unknown[]).length;
  };

  beforeAll(async () => {
    ports = await freeQuickstartPorts();
    // Whoever PostgreSQL runs as must get in.
    execFileSync('chmod', ['755', home]);
  });

  afterEach(async () => {
    await Promise.all([...running].map((started) => started.stop('SIGTERM')));
    running.clear();
  });

  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });

  it(
    'prints a sequence of calls that ends in COMPLETED',
    async () => {
      const started = start();
      await started.ready();
      expect(started.output).toContain(`http://localhost:${ports.PORT}/docs`);
      expect(pasteIntoBash(started.output)).toEqual(['VERIFIED', 'COMPLETED']);
      expect(await started.stop()).toBe(0);
    },
    2 * MINUTE,
  );

  it(
    'starts warm in under ten seconds and finds its data again',
    async () => {
      const started = start();
      expect(await started.ready()).toBeLessThan(10 * crowding());
      expect(await mailCount()).toBeGreaterThan(0);
      expect(started.output).not.toMatch(/refused|Error/);
    },
    MINUTE,
  );

  it(
    'starts after a run that was killed, whose processes are gone',
    async () => {
      const killed = start();
      await killed.ready();
      const children = childrenOf(killed);
      expect(children.length).toBeGreaterThan(4);
      await killed.stop('SIGKILL');
      const started = start();
      await started.ready();
      expect(pasteIntoBash(started.output)).toEqual(['VERIFIED', 'COMPLETED']);
      expect(children.filter((pid) => commandOf(pid) !== undefined)).toEqual([]);
    },
    2 * MINUTE,
  );

  it(
    'refuses a second run on the same data folder',
    async () => {
      await start().ready();
      const second = start();
      expect(await second.exitCode()).toBe(1);
      expect(second.output).toMatch(/running on this data folder already/);
    },
    MINUTE,
  );

  it('names every port that is taken, and the variable to set', async () => {
    const listeners = [ports.PORT, ports.MAIL_SMTP_PORT].map((port) =>
      createServer().listen(Number(port), '127.0.0.1'),
    );
    await Promise.all(listeners.map((listener) => once(listener, 'listening')));
    const refused = start();
    expect(await refused.exitCode()).toBe(1);
    listeners.forEach((listener) => listener.close());
    expect(refused.output).toContain(`Port ${ports.PORT}, for the API, is taken: set PORT`);
    expect(refused.output).toContain(
      `Port ${ports.MAIL_SMTP_PORT}, for mail for the mailbox, is taken: set MAIL_SMTP_PORT`,
    );
    expect(refused.output).not.toContain('AUTH_PORT');
  });

  it(
    'goes without Bull where there is no Redis, tells how to turn it on, and serves metrics where asked to',
    async () => {
      const started = start({
        PATH: pathWithoutRedis(join(home, 'bin')),
        DATA_DIR: join(home, 'without-redis'),
        METRICS_PORT: String(await freePort()),
      });
      await started.ready();
      const pages = started.output.match(/http:\S+\/metrics/g) ?? [];
      expect(pages).toHaveLength(2);
      for (const page of pages)
        expect(await (await fetch(page)).text()).toContain('process_cpu_seconds_total');
      expect(started.output).toMatch(/Deliveries go without Bull.*install one of them or set REDIS_URL/);
      expect(pasteIntoBash(started.output)).toEqual(['VERIFIED', 'COMPLETED']);
    },
    2 * MINUTE,
  );
});

/** How many times longer work takes than on an idle machine: other tests run at the same time. */
function crowding(): number {
  return Math.max(1, loadavg()[0]! / availableParallelism());
}

/** Does what the reader would do with the printed sequence; resolves with the lines it prints. */
function pasteIntoBash(output: string): string[] {
  const sequence = /\(bash\):\n\n([^]*)$/.exec(output)?.[1];
  const answer = execFileSync('bash', ['-e', '-c', sequence!], { encoding: 'utf8', timeout: 30_000 });
  return answer.trim().split('\n');
}

/** The processes that a start has started, by their parent. */
function childrenOf(started: QuickstartRun): number[] {
  const list = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = list
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.filter(([, ppid]) => ppid === parent).flatMap(([pid]) => [pid!, ...below(pid!)]);
  return below(started.pid);
}

/** A PATH with what the quickstart and the shell need, and no Redis. */
function pathWithoutRedis(folder: string): string {
  mkdirSync(folder);
  for (const name of ['node', 'bash', 'sh', 'curl', 'id', 'test', 'date', 'sleep', 'ps', 'locale']) {
    const file = onPath(name);
    if (file !== undefined) symlinkSync(file, join(folder, name));
  }
  return folder;
}
