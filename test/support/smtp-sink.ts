import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** What a server answers at a stage; `null` closes the connection instead, `undefined` never answers. */
export type Reply = string | null | undefined;

export interface SmtpScript {
  readonly greeting?: Reply;
  readonly mail?: Reply;
  readonly rcpt?: Reply;
  readonly data?: Reply;
  /** After the message was received whole. */
  readonly message?: Reply;
}

/** One message as it came over the wire. */
export interface SunkMail {
  /** The commands of its transaction, verbatim. */
  readonly commands: readonly string[];
  /** The message, dot-stuffing undone. */
  readonly content: string;
}

const DEFAULTS: Required<SmtpScript> = {
  greeting: '220 sink.test ESMTP',
  mail: '250 2.1.0 Ok',
  rcpt: '250 2.1.5 Ok',
  data: '354 Go ahead',
  message: '250 2.0.0 Ok: queued as 4F2A',
};

/** A recording SMTP server (RFC 5321) that keeps every byte of a transaction and can be told to fail at any stage. */
export class SmtpSink {
  readonly mails: SunkMail[] = [];
  /** Every command of every connection, verbatim. */
  readonly commands: string[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private script: SmtpScript,
  ) {
    server.on('connection', (socket) => {
      socket.setNoDelay(true);
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
      this.converse(socket);
    });
  }

  static async listen(script: SmtpScript = {}, port = 0): Promise<SmtpSink> {
    const server = createServer();
    const sink = new SmtpSink(server, script);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return sink;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Behaves differently from now on. */
  behave(script: SmtpScript): void {
    this.script = script;
  }

  /** Says something on every connection, unasked: an answer that was owed. */
  answer(reply: string): void {
    for (const socket of this.sockets) socket.write(`${reply}\r\n`);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private converse(socket: Socket): void {
    let buffered = '';
    let transaction: string[] = [];
    let isReceiving = false;
    const answer = (stage: keyof SmtpScript): boolean => {
      const reply = stage in this.script ? this.script[stage] : DEFAULTS[stage];
      if (reply === null) socket.destroy();
      else if (reply !== undefined) socket.write(`${reply}\r\n`);
      return typeof reply === 'string' && /^[23]/.test(reply);
    };
    const receive = (): boolean => {
      const end = buffered.startsWith('.\r\n') ? 0 : buffered.indexOf('\r\n.\r\n') + 2;
      if (end === 1) return false;
      this.mails.push({
        commands: transaction,
        content: buffered.slice(0, end).replace(/^\./gm, ''),
      });
      buffered = buffered.slice(end + 3);
      isReceiving = false;
      transaction = [];
      answer('message');
      return true;
    };
    const obey = (): boolean => {
      const end = buffered.indexOf('\r\n');
      if (end < 0) return false;
      const command = buffered.slice(0, end);
      buffered = buffered.slice(end + 2);
      this.commands.push(command);
      const verb = command.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') {
        socket.write(
          '250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 1000000\r\n',
        );
      } else if (verb === 'QUIT') {
        socket.end('221 Bye\r\n');
      } else if (verb === 'RSET') {
        transaction = [];
        socket.write('250 Ok\r\n');
      } else {
        transaction.push(command);
        if (verb === 'MAIL') answer('mail');
        else if (verb === 'RCPT') answer('rcpt');
        else if (verb === 'DATA') isReceiving = answer('data');
        else socket.write('500 5.5.1 Unknown command\r\n');
      }
      return true;
    };
    answer('greeting');
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      buffered += chunk;
      while (isReceiving ? receive() : obey());
    });
  }
}
