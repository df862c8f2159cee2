import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startNode, type Child, type ChildOptions } from './child.js';
import { says } from './child-log.js';

/** The entry points of the product, as they are deployed. */
const entry = (name: string): string => fileURLToPath(new URL(`../../src/main.${name}.js`, import.meta.url));

/** Starts an API process and waits until it answers that it is ready. */
export async function startApiProcess(
  url: string,
  options: ChildOptions,
  timeoutMs = 60_000,
): Promise<Child> {
  const child = startNode(entry('api'), options);
  await child.whileRunning(answersReady(url, child), timeoutMs);
  return child;
}

/** Starts a worker process and waits for the line by which it says that it is ready. */
export async function startWorkerProcess(options: ChildOptions, timeoutMs = 60_000): Promise<Child> {
  const child = startNode(entry('worker'), options);
  await child.line((line) => says(line, 'worker ready'), timeoutMs);
  return child;
}

/** Runs the migrator to its end; throws with its last lines when it fails. */
export async function migrate(options: ChildOptions): Promise<void> {
  const child = startNode(entry('migrate'), options);
  const code = await child.exited;
  if (code !== 0) throw new Error(child.describeEnd(code));
}

async function answersReady(url: string, child: Child): Promise<void> {
  while (child.exitCode === undefined) {
    const ready = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      () => false,
    );
    if (ready) return;
    await delay(50);
  }
}
