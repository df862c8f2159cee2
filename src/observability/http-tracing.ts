import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../shared/caller.js';
import { parseTraceparent } from './traceparent.js';
import { type Span, tracer } from './tracing.js';

/**
 * Makes every request a span, but for those that ask whether the process is well. It names the route's pattern, never
 * the URL. A `traceparent` is continued; `tracestate` and `baggage` are left alone, since they hold anything at all.
 */
export function traceRequests(server: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Span>();

  // Fastify reads bodies as part of what it was doing before, so that the span is under way afterwards too.
  server.addHook('onRequest', (request, _reply, done) => {
    const span = beginFor(request);
    if (!span) {
      done();
      return;
    }
    spans.set(request, span);
    tracer()?.during(span, done);
  });
  server.addHook('onRequestAbort', (request, done) => {
    spans.get(request)?.fail('client-gone');
    done();
  });
  server.addHook('onResponse', (request, { statusCode }, done) => {
    const span = spans.get(request);
    const { caller } = request as { readonly caller?: Caller };
    span?.tell({
      'http.response.status_code': statusCode,
      ...(caller ? { 'acs.tenant.id': caller.tenant } : {}),
    });
    if (statusCode >= 500) span?.fail(String(statusCode));
    span?.end();
    done();
  });
}

function beginFor(request: FastifyRequest): Span | undefined {
  const route = request.is404 ? undefined : request.routeOptions.url;
  if (route?.startsWith('/health/')) return undefined;
  const { method } = request;
  return tracer()?.begin({
    name: route === undefined ? method : `${method} ${route}`,
    kind: 'server',
    facts: { 'http.request.method': method, ...(route === undefined ? {} : { 'http.route': route }) },
    parent: parseTraceparent(request.headers.traceparent) ?? null,
    traceId: request.id,
  });
}
