import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChaosProvider } from './chaos-provider.js';
import type { SeededChance } from './seeded-chance.js';

/** What becomes of a message that is posted to the gateway. */
export const TREATMENTS = [
  'accepted',
  'accepted, malformed answer',
  'accepted, endless answer',
  'taken, no answer',
  'taken, connection reset',
  'connection reset',
  'refused with 429',
  'refused with 503',
  'redirected',
] as const;
export type Treatment = (typeof TREATMENTS)[number];

const DRIP_MS = 50;
const DRIP = 'x'.repeat(8 * 1_024);

interface Posted {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
}

/** An HTTP gateway for e-mail that treats messages at random, as long as it is told to; a healthy one otherwise. */
export class FaultyGateway {
  faulty = false;
  readonly counts: Record<string, number> = {};
  /** Requests to where it redirects, which must never come. */
  followed = 0;
  private readonly server: Server = createServer((request, response) => {
    void this.answer(request, response);
  });

  private constructor(
    private readonly chance: SeededChance,
    /** Knows the recipients' messages, whoever took them. */
    private readonly provider: ChaosProvider,
  ) {}

  static async start(chance: SeededChance, provider: ChaosProvider): Promise<FaultyGateway> {
    const gateway = new FaultyGateway(chance, provider);
    gateway.server.listen(0, '127.0.0.1');
    await once(gateway.server, 'listening');
    return gateway;
  }

  get dsn(): string {
    const { port } = this.server.address() as AddressInfo;
    return `gateway+http://127.0.0.1:${port}/send?secret=0123456789abcdef`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/elsewhere') this.followed += 1;
    const treatment = this.faulty ? this.chance.pick(TREATMENTS) : 'accepted';
    this.counts[treatment] = (this.counts[treatment] ?? 0) + 1;
    if (treatment === 'connection reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const body = await bodyOf(request);
    // A worker that is gone in the middle has not handed it over.
    if (body === undefined) return;
    if (/^(accepted|taken)/.test(treatment)) this.take(body);
    treat(treatment, request, response);
  }

  private take(body: Buffer): void {
    const { id, to, subject } = JSON.parse(body.toString()) as Posted;
    const code = /\b(\d{6})\b/.exec(subject)?.[1] ?? '';
    const digest = createHash('sha256').update(body).digest('base64');
    this.provider.keep(to, { deliveryId: id, code, digest, at: Date.now(), by: 'gateway' });
  }
}

function treat(treatment: Treatment, request: IncomingMessage, response: ServerResponse): void {
  switch (treatment) {
    case 'accepted':
      response.end('{"id":"message-1"}');
      break;
    case 'accepted, malformed answer':
      response.end('{"id":');
      break;
    case 'accepted, endless answer': {
      const timer = setInterval(() => response.write(DRIP), DRIP_MS);
      response.on('close', () => {
        clearInterval(timer);
      });
      break;
    }
    case 'refused with 429':
      response.writeHead(429, { 'retry-after': '1' }).end();
      break;
    case 'refused with 503':
      response.writeHead(503).end('<html>');
      break;
    case 'redirected':
      response.writeHead(307, { location: '/elsewhere' }).end();
      break;
    case 'taken, connection reset':
    case 'connection reset':
      request.socket.resetAndDestroy();
      break;
    case 'taken, no answer':
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = await Promise.race([
    once(request, 'end').then(() => true),
    once(request, 'error').then(() => false),
  ]);
  return ended ? Buffer.concat(chunks) : undefined;
}
