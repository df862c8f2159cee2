import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between workers and Redis, and can cut or freeze what goes through it. */
export class RedisProxy {
  seen = '';
  evicts = false;
  private frozen = false;
  private blockingFrozen = false;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  private constructor(private readonly target: URL) {}

  static async listen(url: string): Promise<RedisProxy> {
    const proxy = new RedisProxy(new URL(url));
    await proxy.restore();
    return proxy;
  }

  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** Ends all connections and takes no others. */
  async cut(): Promise<void> {
    const { server } = this;
    if (!server?.listening) return;
    for (const socket of this.sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }

  async restore(): Promise<void> {
    this.server = createServer((client) => {
      this.join(client);
    }).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Connections stay, but nothing passes any more, ever: also not once others do again. */
  freeze(): void {
    this.frozen = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** Nothing passes any more on the connections that wait for jobs, those to come included. */
  freezeBlocking(): void {
    this.blockingFrozen = true;
  }

  thaw(): void {
    this.frozen = false;
    this.blockingFrozen = false;
  }

  async close(): Promise<void> {
    await this.cut();
  }

  private join(client: Socket): void {
    const upstream = connect(Number(this.target.port || 6379), this.target.hostname);
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    if (this.frozen) {
      client.pause();
      return;
    }
    let isBlocking = false;
    client.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      this.seen += text;
      isBlocking ||= /brpoplpush/i.test(text);
      if (!isBlocking || !this.blockingFrozen) upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (isBlocking && this.blockingFrozen) return;
      const text = chunk.toString('latin1');
      // As long as the policy that it takes the place of: the answer's length is announced.
      client.write(
        this.evicts ? Buffer.from(text.replaceAll(':noeviction', ':allkeys-x0'), 'latin1') : chunk,
      );
    });
  }
}
