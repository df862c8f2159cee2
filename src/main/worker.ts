import { NestFactory } from '@nestjs/core';
import { loadWorkerEnvironment } from '../environment/worker-environment.js';
import { endOnSignal } from '../observability/end-on-signal.js';
import { packageVersion } from '../observability/package-version.js';
import { runProcess } from '../observability/run-process.js';
import { startTracing } from '../observability/start-tracing.js';
import { WorkerModule } from '../worker.module.js';

/** The worker: delivers what the API has committed, ends what has expired, keeps the tables in shape. */
await runProcess('worker', async (log) => {
  const environment = loadWorkerEnvironment(process.env);
  await startTracing({ name: 'acs-worker', version: packageVersion() }, environment.otlpEndpoint);
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(environment), {
    logger: log,
    abortOnError: false,
  });
  endOnSignal('worker', app, log);
  log.log('worker ready');
});
