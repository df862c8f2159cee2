import { type FailureKind, ProviderError } from '../application/provider.js';
import type { HttpAnswer } from './http-client.js';

/** Ours to correct (credentials, a bill, path, redirect) or theirs to recover: another provider, or a later time, may do. */
const NOT_ABOUT_THE_MESSAGE = [401, 402, 403, 404, 405, 407, 408, 425, 429];
/** A proxy lost its upstream, which may have taken the message. */
const LOST_UPSTREAM = [502, 504];
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** What a status other than 2xx means (RFC 9110, section 15); `detail` names the reason better where there is one. */
export function statusError({ status, retryAfter }: HttpAnswer, detail = `http-${status}`): ProviderError {
  return new ProviderError(kindOf(status), detail, retryAfterMs(retryAfter));
}

export function isAccepted({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

function kindOf(status: number): FailureKind {
  if (LOST_UPSTREAM.includes(status)) return 'UNKNOWN';
  const isForGood = status >= 400 && status < 500 && !NOT_ABOUT_THE_MESSAGE.includes(status);
  return isForGood ? 'PERMANENT' : 'TRANSIENT';
}

/** Retry-After as seconds or as a date (RFC 9110, section 10.2.3). */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(milliseconds, 0), LONGEST_RETRY_AFTER_MS);
}
