import type { IncomingHttpHeaders } from 'node:http';
import { Client, type Dispatcher } from 'undici';
import type { Outgoing } from './flows.js';

/** What came back: the status, or the code of the failure; the body where it was asked for. */
export interface Reply {
  readonly outcome: number | string;
  readonly body?: unknown;
}

/** One keep-alive connection with one request under way at a time. */
export class Connection {
  private readonly client: Client;
  private readonly prefix: string;

  constructor(
    url: string,
    private readonly token: string | undefined,
  ) {
    const { origin, pathname } = new URL(url);
    this.client = new Client(origin, { pipelining: 1 });
    this.prefix = pathname === '/' ? '' : pathname;
  }

  send(request: Outgoing, onReply: (reply: Reply) => void): void {
    const { method, path, body, headers, reads } = request;
    const received: Buffer[] = [];
    let outcome: number | string = 0;
    this.client.dispatch(
      {
        method,
        path: this.prefix + path,
        headers: {
          ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
      },
      {
        // By this method undici tells a handler of this form from its older one.
        onRequestStart: () => undefined,
        onResponseStart: (
          _controller: Dispatcher.DispatchController,
          status: number,
          received: IncomingHttpHeaders,
        ) => {
          const mustTellWhen = status === 429 || status === 503;
          outcome = mustTellWhen && !received['retry-after'] ? `${status} without Retry-After` : status;
        },
        onResponseData: (_controller: Dispatcher.DispatchController, chunk: Buffer) => {
          if (reads) received.push(chunk);
        },
        onResponseEnd: () => {
          onReply({ outcome, ...(reads ? { body: parsed(received) } : {}) });
        },
        onResponseError: (_controller: Dispatcher.DispatchController, error: Error & { code?: string }) => {
          onReply({ outcome: error.code ?? error.name });
        },
      },
    );
  }

  async close(): Promise<void> {
    await this.client.destroy();
  }
}

function parsed(chunks: readonly Buffer[]): unknown {
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}
