import cluster from 'node:cluster';
import type { JsonLogger } from '../observability/json-logger.js';

const RESTART_DELAY_MS = 1_000;

/**
 * Runs so many copies of this process on one port. A copy that dies is replaced; one that cannot start ends
 * them all. SIGTERM and SIGINT are passed on, and the exit code is 0 once every copy has gone.
 */
export function runWebCluster(size: number, log: JsonLogger): void {
  let stopping = false;
  let failedStart = false;
  const started = new Set<number>();

  cluster.on('listening', ({ id }) => started.add(id));
  cluster.on('exit', ({ id, process: { pid } }, code, signal) => {
    if (!started.delete(id) && !stopping) {
      failedStart = true;
      stop('SIGTERM');
    }
    if (stopping) {
      if (Object.keys(cluster.workers ?? {}).length === 0) process.exit(failedStart ? 1 : 0);
      return;
    }
    log.error({ msg: 'A web process died and is replaced', died: pid, code, signal });
    setTimeout(() => {
      if (!stopping) cluster.fork();
    }, RESTART_DELAY_MS);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  for (let copy = 0; copy < size; copy += 1) cluster.fork();

  function stop(signal: NodeJS.Signals): void {
    stopping = true;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal);
  }
}
