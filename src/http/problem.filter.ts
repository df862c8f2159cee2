import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../shared/app-error.js';
import { PROBLEM_JSON, problemDocument } from './problem-document.js';
import { PublicUrl } from './public-url.js';
import { socketAnswer, socketRefusal } from './socket-answer.js';
import { rateLimit, ResponseHeaders } from './response-headers.js';
import { RouteTable } from './route-table.js';
import { pathOf } from './request-path.js';

/** What Fastify and Nest refuse by themselves, by the status they would answer with; the rest is `request-malformed`. */
const FRAMEWORK_REFUSALS: Readonly<Record<number, AppError['code']>> = {
  413: 'body-too-large',
  415: 'media-type-unsupported',
};

/** Answers every failure with a problem document; what is not a refusal of ours is logged and told as `unavailable`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(
    private readonly publicUrl: PublicUrl,
    private readonly routes: RouteTable,
    private readonly headers: ResponseHeaders,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also what Fastify calls for failures that never reach Nest. */
  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const error = this.refusalOf(thrown, request);
    const document = problemDocument(error, {
      path: pathOf(request),
      traceId: request.id,
      publicUrl: this.publicUrl.value,
    });
    const { retryAfterSeconds, replayed, members } = error.details;
    if (retryAfterSeconds !== undefined) {
      void reply.header('retry-after', String(retryAfterSeconds));
      const { limit } = (members ?? {}) as { limit?: { readonly per: string } };
      if (limit) void reply.header('ratelimit', rateLimit(limit.per, 0, retryAfterSeconds));
    }
    if (replayed === true) void reply.header('idempotent-replayed', 'true');
    if ('wwwAuthenticate' in error) void reply.header('www-authenticate', error.wwwAuthenticate);
    if (error.code === 'method-not-allowed')
      void reply.header('allow', this.routes.methodsAt(pathOf(request)).join(', '));
    void reply.status(document.status).type(PROBLEM_JSON).send(JSON.stringify(document));
  }

  /** What is no HTTP, or comes too slowly, never becomes a request. */
  answerOnSocket(failure: { readonly code?: string }, socket: Socket): void {
    if (failure.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const document = problemDocument(socketRefusal(failure.code), {
      path: '/',
      traceId: randomBytes(16).toString('hex'),
      publicUrl: this.publicUrl.value,
    });
    const headers = this.headers.onSocket(socket.remoteAddress ?? '');
    socket.end(socketAnswer(document, headers), () => socket.destroy());
  }

  private refusalOf(thrown: unknown, request: FastifyRequest): AppError {
    if (thrown instanceof AppError) {
      if (thrown.code === 'unavailable')
        this.logger.error({ msg: 'Unavailable', traceId: request.id, err: thrown.cause });
      return thrown;
    }
    const status = statusOf(thrown);
    // Swagger UI's files are not found, or are outside its folder.
    if (status === 403 || status === 404) return this.notFound(request);
    if (status !== undefined && status >= 400 && status < 500)
      return new AppError(FRAMEWORK_REFUSALS[status] ?? 'request-malformed');
    this.logger.error({
      msg: 'Unexpected failure',
      traceId: request.id,
      route: request.routeOptions.url,
      err: thrown,
    });
    return new AppError('unavailable', { cause: thrown });
  }

  /** What becomes of a path, or a method, that no route has. */
  notFound(request: FastifyRequest): AppError {
    const methods = this.routes.methodsAt(pathOf(request));
    const otherMethods = methods.length > 0 && !methods.includes(request.method);
    return new AppError(otherMethods ? 'method-not-allowed' : 'route-not-found');
  }
}

function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const { statusCode } = (thrown ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}
