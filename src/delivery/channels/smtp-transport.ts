import { Readable } from 'node:stream';
import type { NodemailerError, SMTPPoolOptions, SMTPPoolSentMessageInfo } from 'nodemailer';
import DKIM from 'nodemailer/lib/dkim';
import SMTPPool from 'nodemailer/lib/smtp-pool';
import type { Receipt } from '../application/provider.js';
import { composeMail, type Mail } from './mail.js';
import { classifySmtp } from './smtp-errors.js';

/** What nodemailer's pool is given of a mail, and asks of it. */
type PoolMail = Parameters<SMTPPool['send']>[0];

/** A pool of connections to one mail server: nodemailer's, without what it does for mails that are not made yet. */
export class SmtpTransport {
  private readonly pool: SMTPPool;
  private readonly dkim: DKIM | undefined;

  constructor({ dkim, ...options }: SMTPPoolOptions) {
    this.pool = new SMTPPool(options);
    this.dkim = dkim ? new DKIM(dkim) : undefined;
  }

  /** Hands a mail over; throws `ProviderError`. */
  async send(mail: Mail, signal: AbortSignal): Promise<Receipt> {
    const { envelope, messageId, raw } = composeMail(mail);
    // Opened anew for each connection that the pool tries before one asks for it.
    let body: Readable | undefined;
    const message = {
      getEnvelope: () => ({ ...envelope }),
      messageId: () => messageId,
      getHeader: () => messageId,
      createReadStream: () => (body = this.open(raw)),
    };
    try {
      const info = await new Promise<SMTPPoolSentMessageInfo>((resolve, reject) => {
        this.pool.send({ data: { signal }, message } as unknown as PoolMail, (error, sent) => {
          if (sent) resolve(sent);
          else reject(error ?? new Error('The pool ended without an answer'));
        });
      });
      return { providerMessageId: info.serverMessageId ?? queueIdOf(info.response) };
    } catch (error) {
      throw classifySmtp(error as NodemailerError, body?.readableDidRead ?? false);
    }
  }

  close(): void {
    this.pool.close({ force: true });
  }

  private open(raw: Buffer): Readable {
    const bytes = new Readable({
      read() {
        this.push(raw);
        this.push(null);
      },
    });
    return this.dkim?.sign(bytes) ?? bytes;
  }
}

/** The server's own name for the mail, as Postfix and Exim tell it; nothing else of its reply is kept. */
function queueIdOf(response: string | undefined): string | null {
  return /\b(?:queued as |id=)([\w.-]{1,64})/.exec(response ?? '')?.[1] ?? null;
}
