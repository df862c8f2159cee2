import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { parseTraceparent } from '../observability/traceparent.js';
import { AppError } from '../shared/app-error.js';
import { acceptsJson } from './accept.js';
import type { Answers } from './answers.js';
import { readJsonBody } from './json-body.js';
import { answerInTime } from './handler-deadline.js';
import { endConnectionsOnClose } from './leaving.js';
import type { LoadShedder } from './load-shedder.js';
import type { ProblemFilter } from './problem.filter.js';
import { takesRawBody } from './raw-body.js';
import { answerRawRequests } from './raw-requests.js';
import { pathOf } from './request-path.js';

const REQUEST_TIMEOUT_MS = 10_000;
const BODY_LIMIT_BYTES = 64 * 1024;
const HEADER_LIMIT_BYTES = 16 * 1024;
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** Fastify with the limits of the service; time-outs in milliseconds. */
export function fastifyAdapter(
  trustedProxies: readonly string[],
  { problems, headers, routes }: Answers,
): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    connectionTimeout: 10_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: 72_000,
    http: {
      maxHeaderSize: HEADER_LIMIT_BYTES,
      // Node takes the shorter of the two for the header alone, and the longer for the whole request.
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
      // Node's own refusal is no problem document; ours follows.
      requireHostHeader: false,
    },
    // An identifier of any length is one that is not known; no route has a pattern that length could hurt.
    routerOptions: { maxParamLength: HEADER_LIMIT_BYTES },
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    // Ours answers with a problem document.
    return503OnClosing: false,
    genReqId: traceIdOf,
    // A path that cannot be decoded.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      headers.set(request, reply);
      headers.setRateLimit(request, reply);
      problems.answer(error, request, reply);
    },
    clientErrorHandler: (error, socket) => {
      problems.answerOnSocket(error, socket);
    },
  });
  const fastify = adapter.getInstance();
  // No operation takes the body of a DELETE; it is not read.
  fastify.addHttpMethod('DELETE', { hasBody: false, overrideExisting: true });
  fastify.addHook('onRoute', ({ url, method }) => {
    routes.add(url, method);
  });
  answerRawRequests(fastify.server, problems);
  return adapter;
}

/** Has Fastify read bodies our way and answer its own failures with problem documents. */
export function speakTheContract(
  adapter: FastifyAdapter,
  { problems, headers }: Answers,
  shedder: LoadShedder,
): void {
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      assertPlainUtf8(request);
      done(null, takesRawBody(request, 'application/json') ? body : readJsonBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  const isClosing = endConnectionsOnClose(fastify);
  answerInTime(fastify, (failure, request, reply) => {
    problems.answer(failure, request, reply);
  });
  shedder.watch(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    headers.set(request, reply);
    const refusal = isClosing() ? shuttingDown() : refusalOf(request, problems);
    if (refusal) {
      done(refusal);
      return;
    }
    const overload = shedder.enter(request);
    if (overload)
      void shedder.holdBack().then(() => {
        problems.answer(overload, request, reply);
      });
    else done();
  });
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    headers.setRateLimit(request, reply);
    // Fastify would close the connection of a body that it refuses. Who still sends it would see that instead of the
    // answer; Node reads on to its end, for as long as a request may take.
    if (!request.raw.complete && !isClosing()) void reply.removeHeader('connection');
    done();
  });
}

/** What is refused before its body is read. */
function refusalOf(request: FastifyRequest, problems: ProblemFilter): AppError | undefined {
  if (request.raw.httpVersion === '1.1' && request.headers.host === undefined)
    return new AppError('request-malformed', { detail: 'The header Host is missing.' });
  if (request.is404) return problems.notFound(request);
  const speaksJson = !pathOf(request).startsWith('/v1') || acceptsJson(request.headers.accept);
  return speaksJson ? undefined : new AppError('not-acceptable');
}

function shuttingDown(): AppError {
  return new AppError('unavailable', { detail: 'This process is shutting down.', retryAfterSeconds: 1 });
}

function traceIdOf({ headers: { traceparent } }: IncomingMessage | Http2ServerRequest): string {
  return parseTraceparent(traceparent)?.traceId ?? randomBytes(16).toString('hex');
}

/** A body that is compressed, or in another encoding than UTF-8, is not read. */
function assertPlainUtf8({ headers }: FastifyRequest): void {
  const charset = CHARSET.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  const coding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (!['utf-8', 'utf8', 'us-ascii'].includes(charset) || coding !== 'identity')
    throw new AppError('media-type-unsupported', { detail: 'Send the body as plain UTF-8, uncompressed.' });
}
