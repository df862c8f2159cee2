import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Hands requests on to the API, and does not always behave. */
export class UnreliableProxy {
  /** So many writes reach the API without their answers coming back. */
  lose = 0;
  /** So many requests are refused with 503. */
  refuse = 0;
  before: (method: string) => Promise<void> = () => Promise.resolve();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(target: string): Promise<UnreliableProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new UnreliableProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        void (async () => {
          const { method = 'GET', url = '' } = request;
          if (proxy.refuse > 0) {
            proxy.refuse -= 1;
            response.writeHead(503, { 'retry-after': '0' }).end();
            return;
          }
          await proxy.before(method);
          const headers = Object.entries(request.headers).flatMap(([name, value]) =>
            ['authorization', 'content-type', 'if-match'].includes(name)
              ? [[name, String(value)] as [string, string]]
              : [],
          );
          const answer = await fetch(`${target}${url}`, {
            method,
            headers,
            ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
          });
          const body = await answer.text();
          if (method !== 'GET' && proxy.lose > 0) {
            proxy.lose -= 1;
            response.destroy();
            return;
          }
          response.writeHead(answer.status, {
            'content-type': 'application/json',
            etag: answer.headers.get('etag') ?? '',
          });
          response.end(body);
        })();
      });
    });
    return proxy;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
