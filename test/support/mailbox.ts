import { EventEmitter, once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** A message as it came over the wire. */
export interface Mail {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: ReadonlyMap<string, unknown>;
  readonly raw: string;
}

/** A real SMTP server on loopback that keeps what it gets. */
export class Mailbox {
  readonly mails: Mail[] = [];
  private readonly events = new EventEmitter();
  private held: Promise<void> = Promise.resolve();
  private readonly server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onMailFrom: (_address, _session, callback) => {
      void this.held.then(() => {
        callback();
      });
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        void this.keep(Buffer.concat(chunks), session.envelope).then(() => {
          callback();
        });
      });
    },
  });

  private constructor() {
    this.events.setMaxListeners(0);
    // A worker that is killed breaks its connections.
    this.server.on('error', () => undefined);
  }

  static async start(): Promise<Mailbox> {
    const mailbox = new Mailbox();
    const listener = mailbox.server.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return mailbox;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  /** The messages to the address so far. */
  to(address: string): Mail[] {
    return this.mails.filter((mail) => mail.envelope.to.includes(address));
  }

  /** The n-th message to the address, once it has come. */
  async waitForMail(
    address: string,
    { count = 1, timeoutMs = 15_000 }: { readonly count?: number; readonly timeoutMs?: number } = {},
  ): Promise<Mail> {
    const late = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const mail = this.to(address)[count - 1];
      if (mail) return mail;
      await once(this.events, 'mail', { signal: late }).catch(() => {
        throw new Error(`Mail ${count} to ${address} did not come within ${timeoutMs} ms`);
      });
    }
  }

  /** The code in the latest message to the address, once one has come. */
  async waitForCode(address: string, count = 1): Promise<string> {
    const { text } = await this.waitForMail(address, { count });
    const code = /\b\d{6,10}\b/.exec(text)?.[0];
    if (code === undefined) throw new Error(`There is no code in: ${text}`);
    return code;
  }

  /** Makes senders wait at MAIL FROM, as a slow provider would, until the returned function is called. */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.held = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(resolve);
    });
  }

  private async keep(
    raw: Buffer,
    envelope: { mailFrom: false | { address: string }; rcptTo: readonly { address: string }[] },
  ): Promise<void> {
    const parsed = await simpleParser(raw);
    const to = Array.isArray(parsed.to) ? parsed.to.map(({ text }) => text).join(', ') : parsed.to?.text;
    this.mails.push({
      envelope: {
        from: envelope.mailFrom ? envelope.mailFrom.address : '',
        to: envelope.rcptTo.map(({ address }) => address),
      },
      from: parsed.from?.text ?? '',
      to: to ?? '',
      subject: parsed.subject ?? '',
      text: parsed.text ?? '',
      html: parsed.html || '',
      headers: parsed.headers,
      raw: raw.toString('utf8'),
    });
    this.events.emit('mail');
  }
}
