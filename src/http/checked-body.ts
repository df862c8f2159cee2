import type { PipeTransform } from '@nestjs/common';
import type { Finding } from '../shared/app-error.js';
import { ContractBreach } from './contract-breach.js';
import { requestValidation } from './validation.pipe.js';

/** What is left of a request when everything that is not well-formed is taken out; items of lists are whole. */
export type WellFormed<T> = T extends readonly unknown[] | Map<string, unknown>
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: WellFormed<T[K]> | undefined }
    : T;

/** A body as its class says; or what of it is well-formed, with every finding about the rest. */
export type Checked<T> =
  | { readonly malformed: null; readonly body: T }
  | { readonly malformed: readonly Finding[]; readonly body: WellFormed<T> };

/**
 * Checks a body as the global validation does, but leaves the refusal to the use case: that adds what it finds in
 * the part that is well-formed, so that a caller is told everything at once.
 */
export class CheckedBody<T extends object> implements PipeTransform<unknown, Promise<Checked<T>>> {
  private readonly validation;

  constructor(type: new () => T) {
    this.validation = requestValidation(type);
  }

  async transform(body: unknown): Promise<Checked<T>> {
    try {
      return { malformed: null, body: (await this.validation.transform(body, { type: 'body' })) as T };
    } catch (error) {
      if (!(error instanceof ContractBreach)) throw error;
      return { malformed: error.findings, body: error.wellFormed() as WellFormed<T> };
    }
  }
}
