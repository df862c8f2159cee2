export type { AccessTokenSource, ClientCredentials } from './access-tokens.js';
export { AcsClient } from './client.js';
export type { AcsClientOptions } from './connection.js';
export { ConnectionError, isProblem, ProblemError, TokenError } from './errors.js';
export type { RetryOptions } from './retry.js';
export type * from './types.js';
