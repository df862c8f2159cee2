import { WorkerEnvironment } from './environment.js';
import { passwordOf, readMetricsAddress } from './network.js';
import { readDatabase, readProcess } from './process-environment.js';
import { readProviders, secretsOf } from './providers.js';
import { readRedisAddress } from './redis-address.js';
import { readSecretKeys, reportSharedKeys } from './secret-keys.js';
import { loadFrom, present } from './variables.js';

/** What the worker process needs; throws `EnvironmentError` with every finding at once. */
export function loadWorkerEnvironment(env: NodeJS.ProcessEnv): WorkerEnvironment {
  return loadFrom(env, WorkerEnvironment, (variables) => {
    const secretKeys = readSecretKeys(variables);
    const database = readDatabase(variables);
    const emailProviders = readProviders(variables, 'EMAIL_PROVIDERS');
    const smsProviders = readProviders(variables, 'SMS_PROVIDERS');
    reportSharedKeys(variables, secretKeys, {
      DATABASE_URL: passwordOf(database.databaseUrl),
      EMAIL_PROVIDERS: emailProviders.flatMap(secretsOf),
      SMS_PROVIDERS: smsProviders.flatMap(secretsOf),
    });
    return {
      ...readProcess(variables),
      ...database,
      secretKeys,
      emailProviders,
      smsProviders,
      workerConcurrency: variables.integer('WORKER_CONCURRENCY', { fallback: 20, min: 1, max: 1_000 }),
      ...present({ redis: readRedisAddress(variables), metrics: readMetricsAddress(variables) }),
    };
  });
}
