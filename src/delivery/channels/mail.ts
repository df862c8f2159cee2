import { headerText, singleMailbox } from './mail-safety.js';
import { headerDate, headerMailbox, headerWords, mimeMessage } from './mime.js';

/** One mail to one recipient. */
export interface Mail {
  /** Names the mail for good: a repeat has the same. */
  readonly id: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly replyTo: string | null;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  readonly date: Date;
}

/** A mail as it is handed over: whom it is from and to (RFC 5321), its name and its bytes (RFC 5322). */
export interface ComposedMail {
  readonly envelope: { readonly from: string; readonly to: string[] };
  readonly messageId: string;
  readonly raw: Buffer;
}

/**
 * The mail, identical for every attempt: identifier, date and boundaries come from the delivery. Throws a
 * `ProviderError` for what must not reach a header or an envelope.
 */
export function composeMail(mail: Mail): ComposedMail {
  const from = singleMailbox(mail.from.address);
  const to = singleMailbox(mail.to);
  const messageId = `<${mail.id}@${from.slice(from.lastIndexOf('@') + 1)}>`;
  const replyTo = mail.replyTo === null ? [] : [['Reply-To', singleMailbox(mail.replyTo)] as const];
  const raw = mimeMessage(
    [
      ['Auto-Submitted', 'auto-generated'],
      ['X-Auto-Response-Suppress', 'All'],
      ['From', headerMailbox({ name: headerText(mail.from.name), address: from })],
      ['To', to],
      ...replyTo,
      ['Subject', headerWords(headerText(mail.subject))],
      ['Message-ID', messageId],
      ['Date', headerDate(mail.date)],
    ],
    mail,
    // What the mail says was fixed before its identifier was made: it cannot contain this.
    `=_${mail.id}`,
  );
  return { envelope: { from, to: [to] }, messageId, raw };
}
