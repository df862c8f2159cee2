import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers a request that was read whole, or leaves it. */
export type Answer = (response: ServerResponse) => void;

export const answer =
  (status: number, body = '', headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };

export const neverAnswer: Answer = () => undefined;

export const hangUp: Answer = (response) => {
  response.socket?.destroy();
};

/** A good status, and then a body that breaks off. */
export const breakOff =
  (status: number): Answer =>
  (response) => {
    response.writeHead(status, { 'content-length': '1000' });
    response.write('{"id":');
    setImmediate(() => response.socket?.destroy());
  };

/** A body that goes on for as long as it is read. */
export const endless =
  (status: number): Answer =>
  (response) => {
    response.writeHead(status);
    const pour = (): void => {
      while (!response.destroyed && response.write('x'.repeat(16_384)));
    };
    response.on('drain', pour);
    pour();
  };

/** An HTTP server that stands in for a provider's API, records every request and answers as told. */
export class ProviderServer {
  readonly requests: RecordedRequest[] = [];
  behaviour: Answer = answer(200, '{}');

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.record(request, response);
    });
  }

  static async listen(): Promise<ProviderServer> {
    const server = createServer();
    const standIn = new ProviderServer(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return standIn;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async record(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.requests.push({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
    this.behaviour(response);
  }
}
