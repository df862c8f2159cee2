import type { PipeTransform } from '@nestjs/common';
import { AppError } from '../shared/app-error.js';
import type { ProblemCode } from '../shared/problem-catalogue.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What is no identifier names nothing: answered like an identifier that is not known. */
export class Identifier implements PipeTransform<string, string> {
  constructor(private readonly notFound: ProblemCode) {}

  transform(value: string): string {
    if (!UUID.test(value)) throw new AppError(this.notFound);
    return value.toLowerCase();
  }
}
