import type { FastifyRequest } from 'fastify';

/** The path of a request, without its query; of a target in absolute form (RFC 9112, section 3.2.2) too. */
export function pathOf(request: Pick<FastifyRequest, 'url'>): string {
  const target = request.url.startsWith('/') ? request.url : request.url.replace(/^[a-z]+:\/\/[^/?]*/i, '');
  return target.split('?', 1)[0] || '/';
}
