import cluster from 'node:cluster';
import { AggregatorRegistry, collectDefaultMetrics, register } from 'prom-client';

/** Where the text of `/metrics` comes from. */
export interface MetricsSource {
  readonly contentType: string;
  read(): Promise<string>;
}

/** The metrics of this process, with those of Node itself; a copy also tells them to the one that started it. */
export function processMetrics(): MetricsSource {
  collectDefaultMetrics();
  if (cluster.isWorker) new AggregatorRegistry();
  return { contentType: register.contentType, read: () => register.metrics() };
}

/** The metrics of all copies of this process together, for the one that started them. */
export function clusterMetrics(): MetricsSource {
  const registry = new AggregatorRegistry();
  return { contentType: registry.contentType, read: () => registry.clusterMetrics() };
}
