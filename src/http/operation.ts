import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiSecurity } from '@nestjs/swagger';
import { RequireScopes, type Scope } from '../auth/require-scopes.js';
import { type DocumentedProblem, Problems } from './problem-responses.js';

export interface OperationOptions {
  /** The `operationId`: what generated clients call it. */
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  readonly scope: Scope;
  readonly status: 200 | 201 | 202 | 204;
  /** The body of the answer; none for 204. */
  readonly response?: Type<object>;
  /** Response headers, by name, with what they tell. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it honours `Idempotency-Key`. */
  readonly idempotent?: boolean;
  /** Its own; those of every operation, and of every body or query, come by themselves. */
  readonly problems: readonly DocumentedProblem[];
}

/** Everything about an operation but its route: the scope it needs, its status, and what the OpenAPI document says of it. */
export function Operation(options: OperationOptions): MethodDecorator {
  const { id, summary, description, scope, status, response, headers = {}, idempotent = false } = options;
  const replayed = idempotent
    ? { 'Idempotent-Replayed': '`true` on the replay of an earlier response.' }
    : {};
  return applyDecorators(
    RequireScopes(scope),
    HttpCode(status),
    ApiOperation({ operationId: id, summary, description }),
    ApiSecurity('oauth2', [scope]),
    ApiSecurity('bearer'),
    ApiResponse({
      status,
      description: summary,
      ...(response ? { type: response } : {}),
      headers: Object.fromEntries(
        Object.entries({ ...headers, ...replayed }).map(([name, told]) => [
          name,
          { description: told, required: name in headers, schema: { type: 'string', maxLength: 2_048 } },
        ]),
      ),
    }),
    ...(idempotent ? [ApiHeader(IDEMPOTENCY_KEY)] : []),
    Problems(
      ...options.problems,
      ...(idempotent ? (['idempotency-in-progress', 'idempotency-key-reused'] as const) : []),
    ),
  );
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'The same key and the same request within 24 hours get the first response again, without a second effect.',
  schema: { type: 'string' as const, minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
};
