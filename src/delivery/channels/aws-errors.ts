import { ProviderError, ProviderUnreachable } from '../application/provider.js';
import { retryAfterMs } from './http-errors.js';

interface AwsError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  /** The answer that the error was read from. */
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** The connection never stood, so nothing was sent; the SDK may wrap Node's error and keep its text alone. */
const NEVER_SENT =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CredentialsProviderError|did not establish a connection/;

/** Refusals with a 4xx status that are about our account or the moment, not about the message. */
const NOT_ABOUT_THE_MESSAGE =
  /Throttl|TooManyRequests|LimitExceeded|Paused|Suspended|AccessDenied|Auth|Credential|Token|Signature|Client|NotVerified|NotFound|OptedOutAccount/;

/** SES tells one error for a content that it refuses and for a sender that is not set up. */
const NOT_VERIFIED = /not verified/i;

/** What an error of the AWS SDK means; its message is not kept, since it may name the recipient. */
export function awsError(error: unknown, signal: AbortSignal): ProviderError {
  const { name = 'failed', message = '', code, $metadata, $response } = error as AwsError;
  const status = $metadata?.httpStatusCode;
  const detail = `aws-${(code ?? name).replace(/[^\w-]+/g, '-')}`;
  if (status !== undefined) {
    const isAboutUs = NOT_ABOUT_THE_MESSAGE.test(name) || NOT_VERIFIED.test(message);
    const isForGood = status >= 400 && status < 500 && ![402, 429].includes(status) && !isAboutUs;
    const askedMs = retryAfterMs($response?.headers?.['retry-after']);
    return new ProviderError(isForGood ? 'PERMANENT' : 'TRANSIENT', detail, askedMs);
  }
  const neverSent = NEVER_SENT.test(`${name} ${code ?? ''} ${message}`);
  return new ProviderUnreachable(
    neverSent ? 'TRANSIENT' : 'UNKNOWN',
    signal.aborted ? 'aws-timeout' : detail,
  );
}
