import { Agent, type IncomingHttpHeaders, request } from 'node:http';

/** What became of a request: an answer, or a connection that was cut before one, or in the middle of one. */
export type Exchange =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: unknown;
    }
  | { readonly kind: 'refused' | 'cut before the answer' | 'cut within the answer' };

/** A caller that keeps one connection open for as long as the server lets it, and repeats nothing by itself. */
export class KeepAliveCaller {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(
    private readonly baseUrl: string,
    private readonly token: string,
  ) {}

  async post(path: string, body: object): Promise<Exchange> {
    const text = JSON.stringify(body);
    return await new Promise((resolve) => {
      const sent = request(`${this.baseUrl}${path}`, {
        method: 'POST',
        agent: this.agent,
        headers: {
          authorization: `Bearer ${this.token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        },
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        resolve({ kind: error.code === 'ECONNREFUSED' ? 'refused' : 'cut before the answer' });
      });
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => {
          resolve({ kind: 'cut within the answer' });
        });
        response.on('end', () => {
          const { statusCode = 0, headers } = response;
          const answered: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
          resolve({ kind: 'answer', status: statusCode, headers, body: answered });
        });
      });
      sent.end(text);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
