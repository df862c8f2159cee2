import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS } from '../shared/problem-catalogue.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const TEXT = { type: 'string', maxLength: 4_096 } as const;

/** The problem document (RFC 9457) and its parts, as the OpenAPI document has them. */
export const PROBLEM_SCHEMAS: Schemas = {
  Finding: {
    type: 'object',
    description: 'One thing wrong with a request.',
    required: ['pointer', 'code', 'detail'],
    properties: {
      pointer: { type: 'string', maxLength: 65_536, description: 'Where, as a JSON pointer (RFC 6901).' },
      code: { type: 'string', maxLength: 64, pattern: '^[a-z0-9-]+$' },
      detail: { type: 'string', maxLength: 65_536 },
    },
  },
  Limit: {
    type: 'object',
    description: 'At most `max` in `windowSeconds`.',
    required: ['per', 'max', 'windowSeconds'],
    properties: {
      per: {
        type: 'string',
        enum: [
          'RECIPIENT',
          'SUBJECT',
          'CLIENT_IP',
          'CLIENT_ID',
          'POLICY',
          'TENANT',
          'CHALLENGE',
          'RECIPIENT_FAILURES',
          'FAILED_AUTHENTICATIONS',
        ],
      },
      max: { type: 'integer', format: 'int32', minimum: 1, maximum: 10_000_000 },
      windowSeconds: { type: 'integer', format: 'int32', minimum: 1, maximum: 2_592_000 },
    },
  },
  Problem: {
    type: 'object',
    description: 'A problem document (RFC 9457). `type` is a page that explains the problem.',
    required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId'],
    properties: {
      type: { type: 'string', format: 'uri', maxLength: 2_048 },
      title: TEXT,
      status: { type: 'integer', format: 'int32', minimum: 400, maximum: 599 },
      detail: TEXT,
      instance: {
        type: 'string',
        maxLength: 16_384,
        description: 'The path of the request.',
      },
      code: { type: 'string', enum: Object.keys(PROBLEMS) },
      traceId: {
        type: 'string',
        minLength: 32,
        maxLength: 32,
        pattern: '^[0-9a-f]{32}$',
        description: 'Names the request in the logs.',
      },
      errors: {
        type: 'array',
        maxItems: 10_000,
        items: { $ref: '#/components/schemas/Finding' },
        description: 'Every finding at once; with 400 and 422.',
      },
      state: { type: 'string', maxLength: 16, description: 'Where the challenge stands.' },
      stateReason: { type: 'string', nullable: true, maxLength: 32, description: 'Why.' },
      attemptsRemaining: { type: 'integer', format: 'int32', minimum: 0, maximum: 10 },
      currentVersion: { type: 'integer', format: 'int32', minimum: 1, maximum: 2_147_483_647 },
      limit: { $ref: '#/components/schemas/Limit' },
    },
  },
};
