import type { components, operations } from './schema.js';

type Schemas = components['schemas'];

export type Challenge = Schemas['ChallengeResponse'];
/** The only place that has the `token` of a TOKEN challenge. */
export type CreatedChallenge = Schemas['CreatedChallengeResponse'];
export type NewChallenge = Schemas['CreateChallengeRequest'];
export type Answer = Schemas['AnswerChallengeRequest'];
export type Completion = Schemas['CompleteChallengeRequest'];

export type Policy = Schemas['PolicyResponse'];
export type PolicyPage = Schemas['PolicyListResponse'];
export type PolicySummary = PolicyPage['items'][number];
export type PolicyVersion = Schemas['PolicyVersionResponse'];
export type PolicyVersionPage = Schemas['PolicyVersionListResponse'];
export type NewPolicy = Schemas['CreatePolicyRequest'];
export type PolicyReplacement = Schemas['ReplacePolicyRequest'];
export type PreviewRequest = Schemas['PreviewPolicyRequest'];
export type Preview = Schemas['PreviewResponse'];
export type PageQuery = NonNullable<operations['listPolicies']['parameters']['query']>;

export type Configuration = Schemas['ConfigurationResponse'];
export type ConfigurationReplacement = Schemas['ReplaceConfigurationRequest'];

/** A problem document (RFC 9457). */
export type Problem = Schemas['Problem'];
/** One thing wrong with a request, and where, as a JSON pointer. */
export type Finding = Schemas['Finding'];
/** The closed list of problem codes; none is ever renamed. */
export type ProblemCode = Problem['code'];

export interface CallOptions {
  /** Ends the call, its waits and repeats included. */
  readonly signal?: AbortSignal;
}

export interface IdempotentCallOptions extends CallOptions {
  /** Made for each call unless given; give your own to repeat a call after your process was restarted. */
  readonly idempotencyKey?: string;
}

export interface ConditionalCallOptions extends CallOptions {
  /** An entity tag such as `"3"`: the call is refused unless this version is the current one. */
  readonly ifMatch?: string;
}
