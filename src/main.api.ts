import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { startApi } from './api-server.js';
import { loadApiEnvironment } from './environment/api-environment.js';
import { runWebCluster } from './http/web-cluster.js';
import { runProcess } from './observability/run-process.js';

/** The HTTP process, or several copies of it on one port. */
await runProcess('api', async (log) => {
  const environment = loadApiEnvironment(process.env);
  if (environment.webConcurrency > 1 && cluster.isPrimary) {
    runWebCluster(environment.webConcurrency, log);
    return;
  }
  const url = await startApi(environment, version(), log);
  log.log(`api ready at ${url}`);
});

/** The version of the package that this file was built from. */
function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
