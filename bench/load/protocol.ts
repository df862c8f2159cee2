/** Where a job's requests come from. */
export type Source =
  /** Creates without end, each for a recipient and with an idempotency key of its own. */
  | { readonly kind: 'create'; readonly alias: string; readonly recipient: boolean; readonly keyed: boolean }
  /** The same request without end. */
  | { readonly kind: 'same'; readonly request: PlannedRequest }
  /** Each request once, in this order, over all connections. */
  | { readonly kind: 'each'; readonly requests: readonly PlannedRequest[] }
  /** better-auth's `send-verification-otp` without end, each for an address of its own. */
  | { readonly kind: 'peer' }
  /** Each connection leads one challenge after another through its life. */
  | { readonly kind: 'life'; readonly alias: string };

export interface PlannedRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly expect: number;
  /** In place of the job's own where they have the same name. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoadJob {
  /** Paths are appended to it. */
  readonly url: string;
  readonly token?: string;
  readonly source: Source;
  /** As many requests are under way at once; with a rate, at most as many. */
  readonly connections: number;
  readonly seconds: number;
  /** Requests per second at fixed times, whatever becomes of them; without it each connection sends when it was answered. */
  readonly rate?: number;
  /** Have the times of each create told, by recipient. */
  readonly tellTimes?: boolean;
}

export interface LoadResult {
  readonly seconds: number;
  /** Those answered as expected. */
  readonly answered: number;
  /** In milliseconds, of those answered as expected. With a rate they count from when the request was due. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
  /** What else came: a status, or the code of a failed connection; how often. */
  readonly unexpected: Readonly<Record<string, number>>;
  /** Challenges led to their end, for `life`. */
  readonly lives: number;
  /** With a rate: requests that found no connection free until the job's end. */
  readonly unsent: number;
  /** When each create was answered, in ms since the epoch, by recipient. */
  readonly times?: Readonly<Record<string, number>>;
}
