import { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import { ProviderUnreachable } from '../application/provider.js';

const CONNECT_MS = 3_000;
const SILENCE_MS = 8_000;
const MAX_ANSWER_BYTES = 64 * 1_024;

/** An answer of any status; its body is empty where it was cut off or too long. */
export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** Talks to the hosts of the environment and to no others: redirects are answers like any other, and not followed. */
export class HttpClient {
  private readonly agent = new Agent({
    connect: { timeout: CONNECT_MS },
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
  });

  /** Resolves with the answer, whatever its status; throws `ProviderUnreachable` when there is none. */
  async post(
    url: string,
    headers: Readonly<Record<string, string>>,
    content: string,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const bytes = Buffer.from(content);
    const body = Readable.from([bytes], { objectMode: false });
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { ...headers, 'content-length': String(bytes.length) },
        body,
        dispatcher: this.agent,
        signal,
      });
      return await answerOf(answer);
    } catch (error) {
      // The body is read once the connection stands, so an unread one never left.
      throw new ProviderUnreachable(body.readableDidRead ? 'UNKNOWN' : 'TRANSIENT', faultCode(error, signal));
    }
  }

  /** As `post`, for what only asks: without an answer nothing has happened. */
  async get(
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    try {
      return await answerOf(await request(url, { headers, dispatcher: this.agent, signal }));
    } catch (error) {
      throw new ProviderUnreachable('TRANSIENT', faultCode(error, signal));
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

async function answerOf({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<HttpAnswer> {
  const { 'retry-after': retryAfter } = headers;
  return {
    status: statusCode,
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
    text: await bounded(body),
  };
}

/** The body up to a bound; the status says what matters, so a body that breaks off or has no end is left. */
async function bounded(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_ANSWER_BYTES) return '';
    }
  } catch {
    return '';
  }
  return Buffer.concat(chunks).toString();
}

function faultCode(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'http-timeout';
  const { code } = error as NodeJS.ErrnoException;
  return `http-${(code ?? 'failed').toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
}
