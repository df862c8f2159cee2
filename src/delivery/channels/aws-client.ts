/**
 * What the clients of the AWS SDK have in common: one attempt each, since repeats are ours, and bounded waits.
 * Credentials and endpoint are the SDK's own business (environment, profile, role).
 */
export const AWS_CLIENT = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 8_000, throwOnRequestTimeout: true },
} as const;
