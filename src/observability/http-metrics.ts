import type { FastifyInstance } from 'fastify';
import { Histogram } from 'prom-client';

/** In seconds; the bars of the service are at 15 and 25 ms. */
const BUCKETS = [0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Measures every answer by its route's pattern, never by its URL: what was asked for may name somebody. */
export function measureRequests(server: FastifyInstance): void {
  const requests = new Histogram({
    name: 'acs_http_request_duration_seconds',
    help: 'Time from a request to its answer, by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: BUCKETS,
  });
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
    done();
  });
}
