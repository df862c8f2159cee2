import { RouteConfig, type FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../shared/app-error.js';

interface RawRoute {
  readonly rawBody?: readonly string[];
}

/** The route gets its body as the bytes that were sent, which a signature is over, in these media types alone. */
export const RawBody = (...mediaTypes: readonly string[]): MethodDecorator & ClassDecorator =>
  RouteConfig({ rawBody: mediaTypes } satisfies RawRoute);

/** Whether the route takes the bytes of a body of this media type; refuses a type that such a route does not name. */
export function takesRawBody(request: FastifyRequest, mediaType: string): boolean {
  const { rawBody } = request.routeOptions.config as RawRoute;
  if (rawBody && !rawBody.includes(mediaType))
    throw new AppError('media-type-unsupported', { detail: `Send the body as ${rawBody.join(' or ')}.` });
  return rawBody !== undefined;
}

/** The bytes of a body on such a route; none where there was no body. */
export function rawBodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** Lets routes with a raw body have it in this media type, which all other routes go on to refuse. */
export function readRawBodies(adapter: FastifyAdapter, mediaType: string, bodyLimit: number): void {
  adapter
    .getInstance()
    .addContentTypeParser(mediaType, { parseAs: 'buffer', bodyLimit }, (request, body, done) => {
      try {
        if (!takesRawBody(request, mediaType)) throw new AppError('media-type-unsupported');
        done(null, body);
      } catch (error) {
        done(error as Error);
      }
    });
}
