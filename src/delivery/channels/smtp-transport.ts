import { type Readable, Transform, type TransformCallback } from 'node:stream';
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
  /** The bytes of each mail under way, by its identifier. */
  private readonly bodies = new Map<string, Readable>();

  constructor(options: SMTPPoolOptions & { pool: true }) {
    this.pool = createTransport(options);
    this.pool.use('stream', (mail, done) => {
      const { message } = mail;
      const open = message.createReadStream.bind(message);
      message.createReadStream = (streamOptions) => {
        const body = inOnePiece(open(streamOptions));
        this.bodies.set(message.messageId(), body);
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
      throw classifySmtp(
        error as NodemailerError,
        this.bodies.get(composed.messageId)?.readableDidRead ?? false,
      );
    } finally {
      this.bodies.delete(composed.messageId);
    }
  }

  close(): void {
    this.pool.close({ force: true });
  }
}

/** A mail is made in many small pieces, each of which would cost a system call on its way to the server. */
class OnePiece extends Transform {
  private readonly pieces: Buffer[] = [];

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.pieces.push(piece);
    done();
  }

  override _flush(done: TransformCallback): void {
    done(null, Buffer.concat(this.pieces));
  }
}

function inOnePiece(body: Readable): Readable {
  const whole = new OnePiece();
  body.once('error', (error) => whole.destroy(error));
  return body.pipe(whole);
}

/** The server's own name for the mail, as Postfix and Exim tell it; nothing else of its reply is kept. */
function queueIdOf(response: string | undefined): string | null {
  return /\b(?:queued as |id=)([\w.-]{1,64})/.exec(response ?? '')?.[1] ?? null;
}
