import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionError } from './errors.js';

export type Send = (request: Request) => Promise<Response>;

export interface RetryOptions {
  /** How often a call is sent again at most; 3 unless told otherwise, 0 never. */
  readonly retries?: number;
  /** A longer `Retry-After` is not waited for: the refusal is thrown, and says when. 10 unless told otherwise. */
  readonly longestPauseSeconds?: number;
}

const FIRST_PAUSE_MS = 250;
/** Refusals that pass by themselves, and are never kept under an idempotency key. */
const PASSING_CONFLICTS: readonly unknown[] = ['idempotency-in-progress', 'challenge-state-conflict'];
/** Somebody switched these off. */
const STANDING: readonly unknown[] = ['channel-disabled', 'issuance-disabled'];

/**
 * Sends again what may succeed then: after `Retry-After` where the service says it, else after a pause that doubles.
 * When no answer came, the request may have had its effect: it is sent again only if that does no harm (RFC 9110,
 * section 9.2.2), which an idempotency key sees to.
 */
export function retrying(send: Send, { retries = 3, longestPauseSeconds = 10 }: RetryOptions): Send {
  return async (request) => {
    for (let sent = 1; ; sent += 1) {
      const outcome = await send(request.clone()).catch((error: unknown) => failure(error, request));
      if (sent > retries) return resultOf(outcome);
      const pause = await pauseMs(outcome, sent);
      if (pause === undefined || pause > longestPauseSeconds * 1_000) return resultOf(outcome);
      await delay(pause, undefined, { signal: request.signal });
    }
  };
}

/** A failure after which the request may be sent again; throws any other. */
function failure(error: unknown, request: Request): ConnectionError {
  if (error instanceof ConnectionError && isRepeatable(request)) return error;
  throw error;
}

function isRepeatable({ method, headers }: Request): boolean {
  return method !== 'POST' || headers.has('idempotency-key');
}

function resultOf(outcome: Response | ConnectionError): Response {
  if (outcome instanceof ConnectionError) throw outcome;
  return outcome;
}

/** How long to wait before sending again, in milliseconds; undefined when it would be answered alike. */
async function pauseMs(outcome: Response | ConnectionError, sent: number): Promise<number | undefined> {
  if (outcome instanceof ConnectionError) return backOffMs(sent);
  const said = retryAfterSeconds(outcome);
  switch (outcome.status) {
    case 409:
      return said !== undefined && PASSING_CONFLICTS.includes(await codeOf(outcome))
        ? said * 1_000
        : undefined;
    case 429:
      return said === undefined ? undefined : said * 1_000;
    case 502:
    case 504:
      return said === undefined ? backOffMs(sent) : said * 1_000;
    case 503:
      if (said !== undefined) return said * 1_000;
      return STANDING.includes(await codeOf(outcome)) ? undefined : backOffMs(sent);
    default:
      return undefined;
  }
}

/** With half of it left to chance, so that clients which failed together do not come back together. */
function backOffMs(sent: number): number {
  const [chance = 0] = crypto.getRandomValues(new Uint32Array(1));
  return FIRST_PAUSE_MS * 2 ** (sent - 1) * (0.5 + chance / 2 ** 33);
}

async function codeOf(response: Response): Promise<unknown> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  return typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
}

/** `Retry-After` (RFC 9110, section 10.2.3), as seconds or as a date. */
export function retryAfterSeconds({ headers }: Response): number | undefined {
  const said = headers.get('retry-after');
  if (said === null) return undefined;
  const seconds = /^\d+$/.test(said) ? Number(said) : (Date.parse(said) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
