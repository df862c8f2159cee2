import type { SampleFacts } from './samples.js';

/** What a template is checked against. */
export interface LintContext extends SampleFacts {
  readonly maxSegments: number;
  /** Origins that a link may lead to, as the configuration lists them. */
  readonly allowedOrigins: readonly string[];
}
