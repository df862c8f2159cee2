import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What a session sends in a transaction, or in a single statement: the names of prepared statements, the texts of others. */
export type Statements = ReadonlySet<string>;

/** What becomes of a transaction: its COMMIT takes effect and the reply is lost, or it is lost itself. */
export type Loss = 'reply' | 'commit';

/** The protocol's version 3.0; what else starts a connection (a cancellation, TLS) is handed on unread. */
const PROTOCOL = 196_608;
const COMMIT = 'COMMIT';

/**
 * Stands between processes and PostgreSQL and reads along (PostgreSQL documentation, "Message Formats"), so that it
 * can cut a session exactly between a COMMIT and its answer. A process cannot tell whether such a transaction took place.
 */
export class PostgresProxy {
  /** Asked at each COMMIT on its way to the server; undefined lets it through. */
  atCommit: (statements: Statements, user: string) => Loss | undefined = () => undefined;
  /** Asked at each statement that no transaction surrounds; true loses its rows, although it took effect. */
  atSingle: (statement: string, user: string) => boolean = () => false;
  private readonly sessions = new Set<Session>();
  private isAway = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** In front of the server that the URL names. */
  static async start(target: string): Promise<PostgresProxy> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(target);
    const { hostname, port } = url;
    url.port = String((server.address() as AddressInfo).port);
    const proxy = new PostgresProxy(server, url.href);
    server.on('connection', (client) => {
      if (proxy.isAway) {
        client.destroy();
        return;
      }
      const session = new Session(client, connect(Number(port || 5432), hostname), proxy);
      proxy.sessions.add(session);
      client.on('close', () => proxy.sessions.delete(session));
    });
    return proxy;
  }

  /** As if the server were gone: sessions are cut, and none begins until it is back. */
  leave(): void {
    this.isAway = true;
    for (const session of this.sessions) session.cut();
  }

  comeBack(): void {
    this.isAway = false;
  }

  async stop(): Promise<void> {
    for (const session of this.sessions) session.cut();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** One connection through the proxy. */
class Session {
  private readonly sent = new Set<string>();
  private user = '';
  private started = false;
  private inTransaction = false;
  private loses: 'the answer to COMMIT' | 'all rows' | undefined;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly proxy: PostgresProxy,
  ) {
    for (const socket of [client, server]) socket.on('error', () => undefined);
    // What one side has said before it left still reaches the other.
    client.on('close', () => server.end());
    server.on('close', () => client.end());
    const requests = new Messages();
    client.on('data', (chunk: Buffer) => {
      for (const message of requests.read(chunk)) this.request(message);
    });
    const answers = new Messages(true);
    server.on('data', (chunk: Buffer) => {
      for (const message of answers.read(chunk)) this.answer(message);
    });
  }

  cut(): void {
    this.client.destroy();
    this.server.destroy();
  }

  private request(message: Buffer): void {
    if (this.client.destroyed) return;
    if (!this.started) this.start(message);
    else if (this.note(message) === 'commit') {
      this.cut();
      return;
    }
    this.server.write(message);
  }

  private start(message: Buffer): void {
    if (message.readInt32BE(4) !== PROTOCOL) return;
    this.started = true;
    const parameters = message.toString('utf8', 8).split('\0');
    this.user = parameters[parameters.indexOf('user') + 1] ?? '';
  }

  /** Query and Parse hold the text of a statement, Bind the name of one that was prepared. */
  private note(message: Buffer): Loss | undefined {
    const type = message.toString('latin1', 0, 1);
    const [first = '', second = ''] = message.toString('utf8', 5).split('\0');
    if (type === 'Q') return this.statement(first);
    if (type === 'P' && first === '') return this.statement(second);
    // Without the day of a statement that is prepared for each.
    if (type === 'B' && second !== '') return this.statement(second.replace(/-\d+$/, ''));
    return undefined;
  }

  private statement(statement: string): Loss | undefined {
    if (statement === 'BEGIN') {
      this.inTransaction = true;
      this.sent.clear();
    }
    if (!this.inTransaction && this.proxy.atSingle(statement, this.user)) this.loses = 'all rows';
    this.sent.add(statement);
    if (statement === 'ROLLBACK') this.inTransaction = false;
    if (statement !== COMMIT) return undefined;
    this.inTransaction = false;
    const loss = this.proxy.atCommit(this.sent, this.user);
    if (loss === 'reply') this.loses = 'the answer to COMMIT';
    return loss;
  }

  private answer(message: Buffer): void {
    if (this.server.destroyed) return;
    const type = message.toString('latin1', 0, 1);
    // CommandComplete comes once the transaction is committed; one that failed is answered with ROLLBACK.
    const isCommitted = type === 'C' && message.toString('latin1', 5).startsWith(COMMIT);
    if (this.loses === 'the answer to COMMIT' && isCommitted) this.cut();
    // A single statement is committed by the time the server is ready for the next.
    else if (this.loses === 'all rows') {
      if (type === 'Z') this.cut();
    } else this.client.write(message);
  }
}

/** Cuts a stream into the protocol's messages. */
class Messages {
  private rest = Buffer.alloc(0);

  /** The first message that a client sends has no type. */
  constructor(private typed = false) {}

  read(chunk: Buffer): Buffer[] {
    this.rest = Buffer.concat([this.rest, chunk]);
    const whole: Buffer[] = [];
    for (let size = this.size(); size !== undefined && size <= this.rest.length; size = this.size()) {
      const message = this.rest.subarray(0, size);
      if (!this.typed) this.typed = message.readInt32BE(4) === PROTOCOL;
      whole.push(message);
      this.rest = this.rest.subarray(size);
    }
    return whole;
  }

  private size(): number | undefined {
    const at = this.typed ? 1 : 0;
    return this.rest.length < at + 4 ? undefined : at + this.rest.readInt32BE(at);
  }
}
