import { ProviderError, ProviderUnreachable } from '../application/provider.js';

interface AwsError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The connection never stood, so nothing was sent; the SDK may wrap Node's error and keep its text alone. */
const NEVER_SENT =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CredentialsProviderError|did not establish a connection/;

/** Refusals with a 4xx status that are about our account or the moment, not about the message. */
const NOT_ABOUT_THE_MESSAGE =
  /Throttl|TooManyRequests|LimitExceeded|Paused|Suspended|AccessDenied|Auth|Credential|Token|Signature|Client|NotVerified|NotFound|OptedOutAccount/;

/** What an error of the AWS SDK means; its message is not kept, since it may name the recipient. */
export function awsError(error: unknown, signal: AbortSignal): ProviderError {
  const { name = 'failed', message = '', code, $metadata } = error as AwsError;
  const status = $metadata?.httpStatusCode;
  const detail = `aws-${(code ?? name).replace(/[^\w-]+/g, '-')}`;
  if (status !== undefined) {
    const isForGood = status >= 400 && status < 500 && status !== 429 && !NOT_ABOUT_THE_MESSAGE.test(name);
    return new ProviderError(isForGood ? 'PERMANENT' : 'TRANSIENT', detail);
  }
  const neverSent = NEVER_SENT.test(`${name} ${code ?? ''} ${message}`);
  return new ProviderUnreachable(
    neverSent ? 'TRANSIENT' : 'UNKNOWN',
    signal.aborted ? 'aws-timeout' : detail,
  );
}
