import type { Action } from './challenge.js';

/** What a consuming service asks for when it wants something proven. */
export interface IssueRequest {
  readonly policyAlias: string;
  readonly recipient?: string;
  readonly subject?: string;
  readonly action?: Action;
  readonly locale?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
}
