import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startNode, type Child, type ChildOptions } from './child.js';
import { says } from './child-log.js';

const THIS_BUILD = fileURLToPath(new URL('../..', import.meta.url));

export interface ServiceOptions extends ChildOptions {
  /** The `dist` of another version to start instead of this one. */
  readonly build?: string | undefined;
}

/** Starts an entry point of the product as it is deployed. */
const startEntry = (name: string, options: ServiceOptions): Child =>
  startNode(join(options.build ?? THIS_BUILD, 'src', `main.${name}.js`), options);

/** Starts an API process and waits until it answers that it is ready. */
export async function startApiProcess(
  url: string,
  options: ServiceOptions,
  timeoutMs = 60_000,
): Promise<Child> {
  const child = startEntry('api', options);
  await child.whileRunning(answersReady(url, child), timeoutMs);
  return child;
}

/** Starts a worker process and waits for the line by which it says that it is ready. */
export async function startWorkerProcess(options: ServiceOptions, timeoutMs = 60_000): Promise<Child> {
  const child = startEntry('worker', options);
  await child.line((line) => says(line, 'worker ready'), timeoutMs);
  return child;
}

/** Runs the migrator to its end; throws with its last lines when it fails. */
export async function migrate(options: ServiceOptions): Promise<void> {
  const child = startEntry('migrate', options);
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
