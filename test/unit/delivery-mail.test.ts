import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { composeMail, type Mail } from '../../src/delivery/channels/mail.js';

const MAIL: Mail = {
  id: '01a22c45-eb52-744b-818a-d4529d4cea50',
  from: { name: 'Acme', address: 'no-reply@acme.example' },
  replyTo: null,
  to: 'ann@example.com',
  subject: '382858 is your code',
  text: 'Your code is 382858\nIt is valid for 10 minutes.',
  html: `<p>Your code is <strong>382858</strong></p><p>${'It is valid for 10 minutes. '.repeat(4)}</p>`,
  date: new Date('2026-11-30T11:45:09Z'),
};
const LINE_END = /\r\n|\r|\n/g;

/** What nodemailer makes of the same mail, through its streams. */
async function byNodemailer(mail: Mail): Promise<string> {
  const ours = `=_${mail.id}`;
  const built = await new MailComposer({
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    from: mail.from,
    to: { name: '', address: mail.to },
    ...(mail.replyTo === null ? {} : { replyTo: { name: '', address: mail.replyTo } }),
    subject: mail.subject,
    messageId: `<${mail.id}@acme.example>`,
    date: mail.date,
    text: mail.text.replaceAll(LINE_END, '\r\n'),
    ...(mail.html === null ? {} : { html: mail.html.replaceAll(LINE_END, '\r\n') }),
    baseBoundary: mail.id,
  })
    .compile()
    .build();
  return built.toString().replaceAll(`--_NmP-${mail.id}-Part_1`, ours);
}

const letters = fc.string({
  unit: fc.constantFrom(...'abc XYZ 012 .,;:=?_<>"\\()@-äöüß€ЖЩ日本😀'),
  maxLength: 90,
});
const header = letters.map((text) => text.trim()).filter((text) => text !== '');
const body = fc
  .array(
    fc.oneof(
      letters,
      fc.string({ unit: 'grapheme', maxLength: 120 }),
      fc.constantFrom('.', '..', '', ' ', '\t'),
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .chain((lines) => fc.constantFrom('\n', '\r\n').map((end) => lines.join(end)))
  .filter((text) => text !== '');

describe('The bytes of a mail', () => {
  it('are those that nodemailer makes of it', async () => {
    expect(composeMail(MAIL).raw.toString()).toBe(await byNodemailer(MAIL));
    await fc.assert(
      fc.asyncProperty(
        header,
        header,
        body,
        body,
        fc.boolean(),
        async (name, subject, text, html, replies) => {
          const from = { ...MAIL.from, name };
          const mail = { ...MAIL, from, subject, text, html, replyTo: replies ? 'help@acme.example' : null };
          expect(composeMail(mail).raw.toString()).toBe(await byNodemailer(mail));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are, of text alone, those that nodemailer makes of it, in another order of the header', async () => {
    const partsOf = (mail: string): readonly [header: string[], body: string] => {
      const end = mail.indexOf('\r\n\r\n');
      return [
        mail
          .slice(0, end)
          .split(/\r\n(?! )/)
          .sort(),
        mail.slice(end).trimEnd(),
      ];
    };
    await fc.assert(
      fc.asyncProperty(header, body, async (subject, text) => {
        const mail = { ...MAIL, subject, text, html: null };
        expect(partsOf(composeMail(mail).raw.toString())).toEqual(partsOf(await byNodemailer(mail)));
      }),
    );
  });

  it.each([
    ['text alone', { html: null }],
    ['text alone, in Japanese', { html: null, text: 'コードは 382858 です。', subject: 'コード'.repeat(30) }],
    ['a name in quotes', { from: { name: 'Acme "the best", Inc.', address: 'no-reply@acme.example' } }],
    ['an international address', { to: 'jürgen@xn--bcher-kva.example' }],
    ['dots alone on lines', { text: '.\n..\n.a\n', html: '.\r\n.' }],
  ])('say what was meant: %s', async (_, changes) => {
    const mail: Mail = { ...MAIL, ...changes };
    const { raw, envelope } = composeMail(mail);
    const read = await simpleParser(raw);
    expect(envelope).toEqual({ from: mail.from.address, to: [mail.to] });
    expect(read.subject).toBe(mail.subject);
    expect(read.from?.value).toEqual([mail.from]);
    expect(read.date).toEqual(mail.date);
    expect(read.messageId).toBe(`<${mail.id}@acme.example>`);
    expect(read.text?.trimEnd()).toBe(mail.text.trimEnd());
    expect(read.html || null).toBe(mail.html?.replaceAll(LINE_END, '\n') ?? null);
    expect([...read.headers.keys()]).toContain('auto-submitted');
  });

  it('are the same for every attempt', () => {
    expect(composeMail(MAIL).raw.equals(composeMail({ ...MAIL }).raw)).toBe(true);
  });

  it('hold no line end alone, nor a line that is too long', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'\r\n\0\t =.aäß日😀'), maxLength: 400 }), (text) => {
        const raw = composeMail({ ...MAIL, text, html: text }).raw.toString('latin1');
        expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
        for (const line of raw.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
      }),
    );
  });
});
