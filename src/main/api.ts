import cluster from 'node:cluster';
import { startApi } from '../api-server.js';
import { loadApiEnvironment } from '../environment/api-environment.js';
import { runWebCluster } from '../http/web-cluster.js';
import { clusterMetrics } from '../observability/metrics-source.js';
import { OperatorServer } from '../observability/operator-server.js';
import { packageVersion } from '../observability/package-version.js';
import { runProcess } from '../observability/run-process.js';

/** The HTTP process, or several copies of it on one port. */
await runProcess('api', async (log) => {
  const environment = loadApiEnvironment(process.env);
  if (environment.webConcurrency > 1 && cluster.isPrimary) {
    await new OperatorServer(environment.metrics, clusterMetrics()).onApplicationBootstrap();
    runWebCluster(environment.webConcurrency, log);
    return;
  }
  const url = await startApi(environment, packageVersion(), log);
  log.log(`api ready at ${url}`);
});
