import { wrap as wrapBase64 } from 'nodemailer/lib/base64';
import {
  encodeWord,
  encodeWords,
  foldLines,
  hasLongerLines,
  isPlainText,
  quoteString,
} from 'nodemailer/lib/mime-funcs';
import { encode as quotedPrintable, wrap as wrapQuotedPrintable } from 'nodemailer/lib/qp';

/** A header field's name and its value, encoded, on one line. */
export type Field = readonly [name: string, value: string];

/** What a mail says; the HTML is preferred by who can show it. */
export interface Content {
  readonly text: string;
  readonly html: string | null;
}

const LINE = 76;
const [A, a] = [0x41, 0x61];
/** Of an encoded word, so that it fits a line beside the field's name (RFC 2047, section 2). */
const WORD = 52;

/**
 * A mail as the bytes that are sent (RFC 5322 and RFC 2045). nodemailer makes the same of the same in a dozen streams,
 * which costs more than handing the mail over does.
 */
export function mimeMessage(fields: readonly Field[], { text, html }: Content, boundary: string): Buffer {
  const head = [...fields, ['MIME-Version', '1.0'] as const].map(line).join('');
  const plain = entity('text/plain', text);
  if (html === null) return Buffer.from(`${head}${plain}\r\n`);
  const type = line(['Content-Type', `multipart/alternative; boundary="${boundary}"`]);
  const parts = [plain, entity('text/html', html)].map((part) => `--${boundary}\r\n${part}\r\n`);
  return Buffer.from(`${head}${type}\r\n${parts.join('')}--${boundary}--\r\n`);
}

/** The value of an unstructured field, such as the subject (RFC 2047, section 5). */
export function headerWords(text: string): string {
  return encodeWords(text, leastEncoding(text), WORD, true);
}

/** A mailbox as a header names it (RFC 5322, section 3.4); the address is taken as it is. */
export function headerMailbox({
  name,
  address,
}: {
  readonly name: string;
  readonly address: string;
}): string {
  return name === '' ? address : `${phrase(name)} <${address}>`;
}

/** Date and time of a header (RFC 5322, section 3.3), in UTC. */
export function headerDate(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

function phrase(name: string): string {
  if (/^[\w ]*$/.test(name)) return name;
  return /^[\x20-\x7e]*$/.test(name) ? quoteString(name) : encodeWord(name, leastEncoding(name), WORD);
}

function line([name, value]: Field): string {
  return `${foldLines(`${name}: ${value}`, LINE)}\r\n`;
}

/** Header and body of one text, in the encoding that leaves most of it readable (RFC 2045, section 6). */
function entity(type: 'text/plain' | 'text/html', content: string): string {
  const text = content.replaceAll(/\r\n|\r|\n/g, '\r\n');
  const [encoding, body] = encoded(text);
  return `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;
}

function encoded(text: string): readonly [encoding: string, body: string] {
  if (isPlainText(text) && !hasLongerLines(text, LINE)) return ['7bit', text];
  if (leastEncoding(text) === 'Q')
    return ['quoted-printable', wrapQuotedPrintable(quotedPrintable(text), LINE)];
  return ['base64', wrapBase64(Buffer.from(text).toString('base64'), LINE)];
}

/** `Q` for what is mostly Latin letters, else `B`. */
function leastEncoding(text: string): 'Q' | 'B' {
  let latin = 0;
  let others = 0;
  for (let place = 0; place < text.length; place += 1) {
    const unit = text.charCodeAt(place);
    if ((unit >= A && unit <= A + 25) || (unit >= a && unit <= a + 25)) latin += 1;
    else if (unit > 0x7f) others += 1;
  }
  return others < latin ? 'Q' : 'B';
}
