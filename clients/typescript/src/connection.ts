import createClient, { type Client } from 'openapi-fetch';
import {
  type AccessTokens,
  type AccessTokenSource,
  type ClientCredentials,
  CredentialTokens,
  SuppliedTokens,
} from './access-tokens.js';
import { ConnectionError, ProblemError } from './errors.js';
import { retryAfterSeconds, type RetryOptions, retrying, type Send } from './retry.js';
import type { paths } from './schema.js';
import type { Problem } from './types.js';

export interface AcsClientOptions extends RetryOptions {
  /** The service, such as `https://acs.example`; what follows is `/v1/…`. */
  readonly url: string;
  readonly credentials: ClientCredentials | AccessTokenSource;
  /** For each time a request is sent; 15 unless told otherwise. */
  readonly timeoutSeconds?: number;
  /** Sends a request, in place of the global `fetch`. */
  readonly fetch?: Send;
}

/** The paths of the document, typed; authorized, limited in time, and sent again where that helps. */
export type Connection = Client<paths>;

export function connect(options: AcsClientOptions): Connection {
  const { url, credentials, timeoutSeconds = 15, fetch: send = (request) => fetch(request) } = options;
  const persistent = retrying(withinTime(send, timeoutSeconds), options);
  const tokens =
    typeof credentials === 'function'
      ? new SuppliedTokens(credentials)
      : new CredentialTokens(credentials, persistent);
  return createClient<paths>({
    baseUrl: url,
    redirect: 'error',
    headers: { accept: 'application/json' },
    fetch: authorized(persistent, tokens),
  });
}

/** Resolves with what the service answered; throws `ProblemError` when it refused, `ConnectionError` when it was not the service. */
export async function resultOf<T>(
  call: Promise<{ readonly data?: T; readonly error?: unknown; readonly response: Response }>,
): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  if (isProblemDocument(error)) throw new ProblemError(error, retryAfterSeconds(response));
  throw new ConnectionError(
    `Status ${response.status} came without a problem document: something else than the service answered`,
    response.status,
  );
}

/** The service sends a problem document with every refusal; a proxy on the way does not. */
function isProblemDocument(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'traceId' in body;
}

/** An access token may be refused before its time, after a rotation of keys: then another one is tried, once. */
function authorized(send: Send, tokens: AccessTokens): Send {
  return async (request) => {
    const token = await tokens.current();
    const response = await send(bearing(token, request.clone()));
    if (response.status !== 401) return response;
    tokens.discard(token);
    const another = await tokens.current();
    return another === token ? response : await send(bearing(another, request));
  };
}

function bearing(token: string, request: Request): Request {
  request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

function withinTime(send: Send, seconds: number): Send {
  return async (request) => {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(seconds * 1_000)]);
    try {
      return await whole(await send(new Request(request, { signal })));
    } catch (cause) {
      // The caller's own wish is no failure of the connection.
      request.signal.throwIfAborted();
      throw new ConnectionError(`${request.url} did not answer`, undefined, cause);
    }
  };
}

/** An answer that has arrived to its end: one that breaks off counts as none. */
async function whole(response: Response): Promise<Response> {
  const { body, status, statusText, headers } = response;
  return new Response(body === null ? null : await response.arrayBuffer(), { status, statusText, headers });
}
