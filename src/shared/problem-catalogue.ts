/**
 * How a refusal is meant, independent of HTTP. The problem filter is the only place that turns a kind into
 * a status.
 */
export type ProblemKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'conflict'
  | 'precondition-failed'
  | 'precondition-required'
  | 'timed-out'
  | 'too-large'
  | 'unsupported-media-type'
  | 'unprocessable'
  | 'throttled'
  | 'headers-too-large'
  | 'unavailable';

export interface ProblemDescription {
  readonly kind: ProblemKind;
  /** What the same refusal is elsewhere. */
  readonly otherKinds?: readonly ProblemKind[];
  readonly title: string;
  /** What it means and what the caller should do: the text of the page behind the problem's `type`. */
  readonly explanation: string;
}

/**
 * The closed list of problem codes. The problem filter, the OpenAPI document and the pages at
 * `/problems/{code}` all read this table; a code is never renamed.
 */
export const PROBLEMS = {
  'request-malformed': {
    kind: 'invalid',
    otherKinds: ['timed-out', 'headers-too-large'],
    title: 'The request could not be read',
    explanation:
      'The body is not valid JSON, or the request breaks HTTP (400), did not arrive in time (408) or has a header that is too large (431). Send one JSON object in UTF-8.',
  },
  'request-invalid': {
    kind: 'invalid',
    otherKinds: ['unprocessable'],
    title: 'The request breaks the contract',
    explanation:
      'One or more properties, parameters or headers are missing, unknown or out of bounds. `errors` lists every finding with a JSON pointer; correct them all and send the request again.',
  },
  'token-missing': {
    kind: 'unauthenticated',
    title: 'An access token is required',
    explanation: 'Send `Authorization: Bearer <access token>`.',
  },
  'token-invalid': {
    kind: 'unauthenticated',
    title: 'The access token was not accepted',
    explanation:
      'The token is expired, malformed, signed by an unknown key, or not meant for this service. Ask the authorization server for a new one.',
  },
  'scope-insufficient': {
    kind: 'forbidden',
    title: 'The access token lacks a scope',
    explanation: 'Ask the authorization server for a token with the scope named in `WWW-Authenticate`.',
  },
  'tenant-missing': {
    kind: 'forbidden',
    title: 'The access token names no tenant',
    explanation:
      'The tenant comes from a claim of the token. Have the authorization server add it, with a tenant its issuer may speak for.',
  },
  'challenge-not-found': {
    kind: 'not-found',
    title: 'No such challenge',
    explanation: 'There is no challenge with this identifier, or its retention has passed.',
  },
  'policy-not-found': {
    kind: 'not-found',
    title: 'No such policy',
    explanation: 'There is no policy, or no version of it, with this identifier.',
  },
  'route-not-found': {
    kind: 'not-found',
    title: 'No such resource',
    explanation: 'The path is not part of this API. `/docs` and `/openapi.json` tell what is.',
  },
  'method-not-allowed': {
    kind: 'method-not-allowed',
    title: 'The method is not allowed here',
    explanation: 'The resource exists but not with this method; `Allow` lists those it has.',
  },
  'not-acceptable': {
    kind: 'not-acceptable',
    title: 'No acceptable representation',
    explanation: 'The API answers in JSON. Accept `application/json` and `application/problem+json`.',
  },
  'body-too-large': {
    kind: 'too-large',
    title: 'The body is too large',
    explanation: 'A request body may have 64 KiB at most.',
  },
  'media-type-unsupported': {
    kind: 'unsupported-media-type',
    title: 'The media type is not supported',
    explanation: 'Send the body as `Content-Type: application/json`.',
  },
  'challenge-state-conflict': {
    kind: 'conflict',
    title: 'The challenge is not in a state for this',
    explanation:
      '`state` and `stateReason` say where the challenge stands. Create a new one if it has ended. `ISSUED` means that an earlier answer is still being checked: try again after `Retry-After` seconds.',
  },
  'challenge-already-active': {
    kind: 'conflict',
    title: 'Another challenge is still active',
    explanation:
      'The policy rejects a new challenge while earlier ones for this recipient are open. Answer, cancel or await them.',
  },
  'resend-exhausted': {
    kind: 'conflict',
    title: 'No resend is left',
    explanation: 'The challenge was resent as often as its policy allows. Create a new challenge.',
  },
  'resend-not-applicable': {
    kind: 'conflict',
    title: 'Nothing is delivered for this challenge',
    explanation: 'A TOKEN challenge is returned to the caller and never delivered, so it cannot be resent.',
  },
  'policy-alias-taken': {
    kind: 'conflict',
    title: 'The alias is taken',
    explanation: 'Another policy of the tenant has this alias. Choose another, or update that policy.',
  },
  'policy-version-conflict': {
    kind: 'conflict',
    otherKinds: ['precondition-failed'],
    title: 'The policy has changed meanwhile',
    explanation:
      '`currentVersion` is the version now in force. Read the policy again and repeat the change on it.',
  },
  'configuration-version-conflict': {
    kind: 'precondition-failed',
    title: 'The configuration has changed meanwhile',
    explanation:
      '`currentVersion` is the version now in force. Read the configuration again and repeat the change on it.',
  },
  'precondition-required': {
    kind: 'precondition-required',
    title: 'A precondition is required',
    explanation: 'Send `If-Match` with the ETag that you read, or `version` in the body.',
  },
  'idempotency-in-progress': {
    kind: 'conflict',
    title: 'The first request with this key is still running',
    explanation: 'Send the request again with the same key after `Retry-After` seconds.',
  },
  'idempotency-key-reused': {
    kind: 'unprocessable',
    title: 'The idempotency key belongs to another request',
    explanation: 'A key stands for one request. Use a new key for a new request.',
  },
  'policy-unknown': {
    kind: 'unprocessable',
    title: 'No policy has this alias',
    explanation: 'Create the policy first, or correct `policyAlias`.',
  },
  'recipient-invalid': {
    kind: 'unprocessable',
    title: 'The recipient is not a valid address',
    explanation:
      'E-mail challenges take an e-mail address, SMS challenges a phone number in E.164 form that can receive messages.',
  },
  'recipient-not-allowed': {
    kind: 'unprocessable',
    title: 'The recipient is not allowed',
    explanation: 'The policy or the configuration excludes this domain, country or kind of number.',
  },
  'action-required': {
    kind: 'unprocessable',
    title: 'The policy requires an action',
    explanation: 'Name the action that the challenge guards, as the policy demands.',
  },
  'action-mismatch': {
    kind: 'unprocessable',
    title: 'The action is not the one that was challenged',
    explanation: 'The action given differs from the one the challenge was created with. Do not carry it out.',
  },
  'answer-incorrect': {
    kind: 'unprocessable',
    title: 'The answer is wrong',
    explanation:
      '`attemptsRemaining` says how many tries are left, `state` whether the challenge has failed.',
  },
  'answer-superseded': {
    kind: 'unprocessable',
    title: 'A newer code was sent',
    explanation:
      'The answer is a code that a resend has replaced. Ask for the newest; no attempt was counted.',
  },
  'policy-unsafe': {
    kind: 'unprocessable',
    title: 'The policy could be guessed',
    explanation:
      'The chance of guessing a challenge is over the bound. `detail` gives the arithmetic and what would make it safe.',
  },
  'policy-type-fixed': {
    kind: 'unprocessable',
    title: 'The type of a policy cannot change',
    explanation: 'Create a new policy for another type of challenge.',
  },
  'template-invalid': {
    kind: 'unprocessable',
    title: 'The template is not valid',
    explanation: '`errors` lists every finding with a JSON pointer into the template.',
  },
  'rate-limited': {
    kind: 'throttled',
    title: 'A limit was reached',
    explanation: '`limit` says which one; `Retry-After` says when to come back.',
  },
  'resend-too-soon': {
    kind: 'throttled',
    title: 'It is too soon to resend',
    explanation: 'Wait until `resends.availableAt`; `Retry-After` says how many seconds that is.',
  },
  'channel-disabled': {
    kind: 'unavailable',
    title: 'The channel is switched off',
    explanation: 'The configuration of the tenant switches this channel off.',
  },
  'issuance-disabled': {
    kind: 'unavailable',
    title: 'Issuing challenges is switched off',
    explanation: 'The configuration of the tenant switches the issuance of challenges off.',
  },
  overloaded: {
    kind: 'unavailable',
    title: 'The service is overloaded',
    explanation: 'The request was shed to protect those in flight. Retry after `Retry-After` seconds.',
  },
  unavailable: {
    kind: 'unavailable',
    title: 'The service cannot answer at the moment',
    explanation: 'A part that the service depends on did not answer. Retry, with the same `Idempotency-Key`.',
  },
} as const satisfies Record<string, ProblemDescription>;

export type ProblemCode = keyof typeof PROBLEMS;
