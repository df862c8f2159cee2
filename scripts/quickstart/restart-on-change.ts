import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startNode } from './child.js';
import type { Family } from './family.js';
import type { RunningService } from './running-service.js';

const dist = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Compiles on every change of a source and puts what came out to work; what does not compile or start is told and waits. */
export function restartOnChange(
  service: RunningService,
  family: Family,
  say: (message: string) => void,
): void {
  // The output is no longer what the last full build made.
  rmSync(join(dist, '.sources.sha256'), { force: true });
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  let builds = 0;
  let restarting = Promise.resolve();
  const onLine = (line: string): void => {
    if (line.includes('error TS')) say(line);
    if (!line.includes('Found 0 errors')) return;
    builds += 1;
    // The first build is of what runs already.
    if (builds === 1) return;
    restarting = restarting.then(async () => {
      say('A source has changed; API and worker start anew …');
      try {
        await promisify(execFile)(process.execPath, [join(dirname(dist), 'scripts', 'bundle.mjs')]);
        await service.restart();
      } catch (error) {
        say(error instanceof Error ? error.message : String(error));
      }
    });
  };
  const args = ['--watch', '--preserveWatchOutput', '-p', dirname(dist)];
  startNode(tsc, { ...family.member('Compiler', 'companion'), onLine }, args);
  say('Watching the sources for changes');
}
