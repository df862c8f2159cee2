import type { SendMailOptions } from 'nodemailer';
import { headerText, singleMailbox } from './mail-safety.js';

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

export type ComposedMail = SendMailOptions & {
  readonly envelope: { readonly from: string; readonly to: string[] };
  readonly messageId: string;
  readonly baseBoundary: string;
};

/**
 * The mail as nodemailer takes it, identical for every attempt: identifier, date and boundaries come from the
 * delivery. Throws a `ProviderError` for what must not reach a header or an envelope.
 */
export function composeMail(mail: Mail): ComposedMail {
  const from = singleMailbox(mail.from.address);
  const to = singleMailbox(mail.to);
  return {
    envelope: { from, to: [to] },
    messageId: `<${mail.id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
    date: mail.date,
    from: { name: headerText(mail.from.name), address: from },
    to: { name: '', address: to },
    ...(mail.replyTo === null ? {} : { replyTo: { name: '', address: singleMailbox(mail.replyTo) } }),
    subject: headerText(mail.subject),
    text: mail.text,
    ...(mail.html === null ? {} : { html: mail.html }),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    baseBoundary: mail.id,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
