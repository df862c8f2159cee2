import type { Readable } from 'node:stream';
import {
  createTransport,
  type NodemailerError,
  type SMTPPoolOptions,
  type SMTPPoolSentMessageInfo,
  type Transporter,
} from 'nodemailer';
import type { Receipt } from '../application/provider.js';
import { composeMail, type Mail } from './mail.js';
import { classifySmtp } from './smtp-errors.js';

/** A pool of connections to one mail server. */
export class SmtpTransport {
  private readonly pool: Transporter<SMTPPoolSentMessageInfo, SMTPPoolOptions>;
  /** As nodemailer reads them, the bytes of each mail under way. */
  private readonly bodies = new WeakMap<Buffer, Readable>();

  constructor(options: SMTPPoolOptions & { pool: true }) {
    this.pool = createTransport(options);
    this.pool.use('stream', (mail, done) => {
      const { message, data } = mail;
      const open = message.createReadStream.bind(message);
      message.createReadStream = (streamOptions) => {
        const body = open(streamOptions);
        this.bodies.set(data.raw as Buffer, body);
        return body;
      };
      done();
    });
  }

  /** Hands a mail over; throws `ProviderError`. */
  async send(mail: Mail, signal: AbortSignal): Promise<Receipt> {
    const composed = composeMail(mail);
    try {
      const info = await this.pool.sendMail({ ...composed, signal });
      return { providerMessageId: info.serverMessageId ?? queueIdOf(info.response) };
    } catch (error) {
      throw classifySmtp(error as NodemailerError, this.bodies.get(composed.raw)?.readableDidRead ?? false);
    }
  }

  close(): void {
    this.pool.close({ force: true });
  }
}

/** The server's own name for the mail, as Postfix and Exim tell it; nothing else of its reply is kept. */
function queueIdOf(response: string | undefined): string | null {
  return /\b(?:queued as |id=)([\w.-]{1,64})/.exec(response ?? '')?.[1] ?? null;
}
