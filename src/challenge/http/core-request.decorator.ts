import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import canonicalize from 'canonicalize';
import type { FastifyRequest } from 'fastify';
import { pathOf } from '../../http/request-path.js';
import { AppError } from '../../shared/app-error.js';
import type { Caller } from '../../shared/caller.js';
import type { CoreRequest } from '../application/core-request.js';
import type { IdempotentRequest } from '../application/idempotency-store.js';

/** The caller of a Core API request and, on a POST, the idempotency key it came with. */
export const FromCaller = createParamDecorator((_data: unknown, context: ExecutionContext): CoreRequest => {
  const request = context.switchToHttp().getRequest<FastifyRequest & { caller?: Caller }>();
  if (!request.caller) throw new Error('A route without a verified token asked for its caller');
  const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
  return key === undefined
    ? { caller: request.caller }
    : { caller: request.caller, idempotency: idempotent(request, String(key)) };
});

function idempotent(request: FastifyRequest, key: string): IdempotentRequest {
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    const detail = 'the key must be 1 to 255 visible ASCII characters';
    throw new AppError('request-invalid', {
      errors: [{ pointer: '/headers/idempotency-key', code: 'format', detail }],
    });
  }
  const asked = [request.method, pathOf(request), request.body ?? {}];
  return {
    key,
    digest: createHash('sha256')
      .update(canonicalize(asked) ?? '')
      .digest(),
  };
}
