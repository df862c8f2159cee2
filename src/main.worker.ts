import { NestFactory } from '@nestjs/core';
import { loadWorkerEnvironment } from './environment/worker-environment.js';
import { runProcess } from './observability/run-process.js';
import { WorkerModule } from './worker.module.js';

/** In milliseconds; whatever still runs then is left to the leases. */
const EXIT_AFTER_MS = 25_000;

/** The worker: delivers what the API has committed, ends what has expired, keeps the tables in shape. */
await runProcess('worker', async (log) => {
  const environment = loadWorkerEnvironment(process.env);
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(environment), {
    logger: log,
    abortOnError: false,
  });
  const stop = (signal: NodeJS.Signals): void => {
    log.log(`${signal}: the worker finishes what it has begun`);
    setTimeout(() => {
      log.error('The worker did not finish in time');
      process.exit(1);
    }, EXIT_AFTER_MS).unref();
    void app.close().then(
      () => {
        log.log('worker stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.error('The worker did not stop cleanly', error);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  log.log('worker ready');
});
