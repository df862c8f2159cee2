import type { PipeTransform } from '@nestjs/common';
import type { ApiBodyOptions } from '@nestjs/swagger';
import { AppError } from '../shared/app-error.js';
import { escapePointer } from '../shared/json-pointer.js';

/** What the OpenAPI document says of such a body. */
export const EMPTY_BODY: ApiBodyOptions = {
  required: false,
  schema: { type: 'object', maxProperties: 0, additionalProperties: false },
  examples: { EMPTY: { summary: 'Nothing to say', value: {} } },
};

/** The body of an operation that takes none: none at all, or an object without properties. */
export class EmptyBody implements PipeTransform<object | undefined, void> {
  transform(body: object = {}): void {
    const errors = Object.keys(body).map((key) => ({
      pointer: `/${escapePointer(key)}`,
      code: 'unknown-property',
      detail: `property ${key} should not exist`,
    }));
    if (errors.length > 0) throw new AppError('request-invalid', { errors });
  }
}
