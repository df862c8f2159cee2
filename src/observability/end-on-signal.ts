import type { INestApplicationContext } from '@nestjs/common';
import type { JsonLogger } from './json-logger.js';

/** In milliseconds; what still runs then is left to time-outs and leases. */
const EXIT_AFTER_MS = 24_000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Closes the application at the first SIGTERM or SIGINT and then ends the process, within 25 s whatever hangs: with 0,
 * or with 1 when it could not be closed. Further signals change nothing.
 */
export function endOnSignal(name: string, app: INestApplicationContext, log: JsonLogger): void {
  app.enableShutdownHooks([...SIGNALS], { useProcessExit: true });
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      log.log(`${signal}: the ${name} finishes what it has begun`);
      setTimeout(() => {
        log.error(`The ${name} did not finish in time`);
        process.exit(1);
      }, EXIT_AFTER_MS).unref();
    });
  }
}
