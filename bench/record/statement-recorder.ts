import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type AnsweredRow, type ClientStatement, ClientStream, ServerStream } from './wire.js';

/** A statement with where it was sent: on which connection, and after how many waits for an answer. */
export interface SentStatement extends ClientStatement {
  readonly connection: number;
  readonly durable: boolean;
  readonly wait: number;
  /** The first row that it was answered with. */
  row?: AnsweredRow | undefined;
}

/** Answers are held back until the client has been silent for so long: what it then sends, it sends because of them. */
const SILENCE_MS = 15;

/** Stands between a process and PostgreSQL and writes down which statements go out together and which wait. */
export class StatementRecorder {
  private sent: SentStatement[] = [];
  private waits = 0;
  private connections = 0;
  private held: { readonly to: Socket; readonly bytes: Buffer }[] = [];
  private silence: NodeJS.Timeout | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: { readonly host: string; readonly port: number },
  ) {
    server.on('connection', (client) => {
      this.relay(client);
    });
  }

  static async before(databaseUrl: string): Promise<StatementRecorder> {
    const { hostname, port } = new URL(databaseUrl);
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new StatementRecorder(server, { host: hostname, port: Number(port || 5432) });
  }

  /** The same database, by way of this recorder. */
  through(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** What is sent while the work is done. */
  async record<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly sent: readonly SentStatement[] }> {
    this.sent = [];
    const result = await work();
    return { result, sent: this.sent };
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private relay(client: Socket): void {
    const connection = (this.connections += 1);
    const database = connect({ ...this.target, noDelay: true });
    const unanswered: SentStatement[] = [];
    const stream = new ClientStream((statement) => {
      const sent = { ...statement, connection, durable: stream.durable, wait: this.waits };
      this.sent.push(sent);
      unanswered.push(sent);
    });
    const answers = new ServerStream((row) => {
      const answered = unanswered.shift();
      if (answered) answered.row = row;
    });
    client.on('data', (chunk: Buffer) => {
      stream.read(chunk);
      database.write(chunk);
      this.awaitSilence();
    });
    database.on('data', (bytes: Buffer) => {
      answers.read(bytes);
      this.held.push({ to: client, bytes });
      this.awaitSilence();
    });
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.end();
      });
    }
  }

  private awaitSilence(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      if (this.held.length === 0) return;
      this.waits += 1;
      for (const { to, bytes } of this.held) to.write(bytes);
      this.held = [];
    }, SILENCE_MS);
  }
}
