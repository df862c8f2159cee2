import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { type EmailMessage, ProviderError } from '../../src/delivery/application/provider.js';
import { MailGatewayProvider } from '../../src/delivery/channels/mail-gateway-provider.js';
import { SmtpProvider } from '../../src/delivery/channels/smtp-provider.js';
import { verifiesDkim } from '../support/dkim.js';
import { type SmtpScript, SmtpSink } from '../support/smtp-sink.js';

const ID = '01990000-0000-7000-8000-000000000001';
const MESSAGE: EmailMessage = {
  deliveryId: ID,
  tenant: 'acme',
  from: { name: 'Acmé "Bank", Inc.', address: 'no-reply@acme.test' },
  replyTo: 'help@acme.test',
  to: 'anna@example.test',
  subject: 'Your code – 734218',
  text: 'Your code is 734218.\n.\nA line with a dot alone.\n',
  html: '<p>Your code is <b>734218</b></p>',
  date: new Date('2026-03-04T05:06:07Z'),
};

let sink: SmtpSink;
let provider: SmtpProvider;

const providerFor = (parameters = 'tls=off'): SmtpProvider =>
  new SmtpProvider({ scheme: 'smtp', url: new URL(`smtp://127.0.0.1:${sink.port}?${parameters}`) });

const send = async (changes: Partial<EmailMessage> = {}, timeoutMs = 5_000): Promise<unknown> =>
  await provider.send({ ...MESSAGE, ...changes }, AbortSignal.timeout(timeoutMs));

const failure = async (changes: Partial<EmailMessage> = {}, timeoutMs = 5_000): Promise<ProviderError> => {
  const error = await send(changes, timeoutMs).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
};

beforeEach(async () => {
  sink = await SmtpSink.listen();
  provider = providerFor();
});

afterEach(async () => {
  await provider.close();
  await sink.close();
});

describe('A mail over SMTP', () => {
  it('goes out as one transaction for one recipient, and arrives as it was written', async () => {
    await expect(send()).resolves.toEqual({ providerMessageId: '4F2A' });
    const [mail] = sink.mails;
    expect(mail?.commands).toEqual(['MAIL FROM:<no-reply@acme.test>', 'RCPT TO:<anna@example.test>', 'DATA']);
    const parsed = await simpleParser(Buffer.from(mail!.content, 'latin1'));
    expect(parsed.from?.value).toEqual([{ name: 'Acmé "Bank", Inc.', address: 'no-reply@acme.test' }]);
    expect(parsed.to).toMatchObject({ value: [{ address: 'anna@example.test' }] });
    expect(parsed.replyTo?.value).toMatchObject([{ address: 'help@acme.test' }]);
    expect(parsed.subject).toBe(MESSAGE.subject);
    expect(parsed.text).toBe(MESSAGE.text);
    expect(parsed.html).toBe(MESSAGE.html);
    expect(parsed.messageId).toBe(`<${ID}@acme.test>`);
    expect(parsed.date).toEqual(MESSAGE.date);
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
  });

  it('is the same byte for byte when it goes out again', async () => {
    await send();
    await send();
    expect(sink.mails).toHaveLength(2);
    expect(sink.mails[1]?.content).toBe(sink.mails[0]?.content);
  });

  it('is sent as plain text alone when there is no HTML', async () => {
    await send({ html: null });
    expect(sink.mails[0]?.content).toMatch(/^Content-Type: text\/plain/m);
  });

  it('reaches addresses in other scripts, with SMTPUTF8 only where it takes that (RFC 6531, RFC 5890)', async () => {
    await send({ to: 'joerg@bücher.test' });
    await send({ to: 'jörg@bücher.test' });
    const commands = sink.commands.map((command) => Buffer.from(command, 'latin1').toString());
    expect(commands.filter((command) => /^(MAIL|RCPT)/.test(command))).toEqual([
      'MAIL FROM:<no-reply@acme.test>',
      'RCPT TO:<joerg@xn--bcher-kva.test>',
      'MAIL FROM:<no-reply@acme.test> SMTPUTF8',
      'RCPT TO:<jörg@xn--bcher-kva.test>',
    ]);
  });

  it('uses one connection for many', async () => {
    for (let count = 0; count < 5; count += 1) await send();
    expect(sink.commands.filter((command) => command.startsWith('EHLO'))).toHaveLength(1);
  });
});

describe('A mail that the server does not take', () => {
  it.each<[string, SmtpScript, string, string]>([
    ['no such mailbox', { rcpt: '550 5.1.1 <anna@example.test> unknown' }, 'PERMANENT', 'smtp-550-5.1.1'],
    ['a mailbox that is full', { rcpt: '452 4.2.2 over quota' }, 'TRANSIENT', 'smtp-452-4.2.2'],
    ['a refused content', { message: '554 5.6.0 anna@example.test: no' }, 'PERMANENT', 'smtp-554-5.6.0'],
    ['a policy against us', { message: '554 5.7.1 anna@example.test: spam' }, 'TRANSIENT', 'smtp-554-5.7.1'],
    [
      'a recipient it does not relay for',
      { rcpt: '550-5.7.1 no\r\n550 5.7.1 x' },
      'TRANSIENT',
      'smtp-550-5.7.1',
    ],
    ['a system that takes none of this size', { rcpt: '552 5.3.4 too big' }, 'TRANSIENT', 'smtp-552-5.3.4'],
    ['relaying refused in words', { rcpt: '550 relay not permitted' }, 'TRANSIENT', 'smtp-550'],
    [
      'relaying refused by Postfix',
      { rcpt: '554 5.1.0 <x>: Relay access denied' },
      'TRANSIENT',
      'smtp-554-5.1.0',
    ],
    [
      'a sender that is not set up',
      { message: '554 Message rejected: Email address is not verified.' },
      'TRANSIENT',
      'smtp-554',
    ],
    ['a greylisted content', { message: '451 4.7.1 later' }, 'TRANSIENT', 'smtp-451-4.7.1'],
    ['a sender it does not allow', { mail: '550 5.7.1 not you' }, 'TRANSIENT', 'smtp-550-5.7.1'],
    ['a server that is full', { greeting: '421 4.3.2 too many' }, 'TRANSIENT', 'smtp-421-4.3.2'],
    ['a connection closed before the greeting', { greeting: null }, 'TRANSIENT', 'smtp-econnection'],
    ['a connection lost at RCPT', { rcpt: null }, 'TRANSIENT', 'smtp-econnection'],
    ['a connection lost after the content', { message: null }, 'UNKNOWN', 'smtp-econnection'],
  ])('is classified: %s', async (_, script, kind, detail) => {
    sink.behave(script);
    await expect(failure()).resolves.toMatchObject({ kind, detail });
  });

  it.each<[string, SmtpScript, string]>([
    ['the greeting', { greeting: undefined }, 'TRANSIENT'],
    ['the recipient', { rcpt: undefined }, 'TRANSIENT'],
    ['the content', { message: undefined }, 'UNKNOWN'],
  ])('is classified when there is no answer to %s in time', async (_, script, kind) => {
    sink.behave(script);
    await expect(failure({}, 300)).resolves.toMatchObject({ kind, detail: 'smtp-timeout' });
  });

  it('is not taken by a server that is not there', async () => {
    await sink.close();
    await expect(failure()).resolves.toMatchObject({ kind: 'TRANSIENT', detail: 'smtp-econnrefused' });
    sink = await SmtpSink.listen();
  });

  it('is not sent in plain text where TLS is required', async () => {
    provider = providerFor('tls=required');
    await expect(failure()).resolves.toMatchObject({ kind: 'TRANSIENT' });
    expect(sink.mails).toEqual([]);
    expect(sink.commands.filter((command) => /^(MAIL|AUTH)/.test(command))).toEqual([]);
  });

  it('leaves a pool that works for the next one', async () => {
    sink.behave({ rcpt: '550 5.1.1 unknown' });
    await failure();
    sink.behave({ message: undefined });
    await failure({}, 300);
    sink.behave({});
    await expect(send()).resolves.toEqual({ providerMessageId: '4F2A' });
  });
});

describe('A hostile value', () => {
  const BREAKS = ['\r\n', '\n', '\r', '\u0000', '\u0085', '\u2028', '\u2029', '\u000b', '\u000c', ' ', '\t'];
  const TAILS = [
    'RCPT TO:<eve@evil.test>',
    'Bcc: eve@evil.test',
    'DATA',
    '.\r\nMAIL FROM:<eve@evil.test>',
    '> NOTIFY=SUCCESS',
    ', eve@evil.test',
    '; eve@evil.test',
    '<eve@evil.test>',
    '"quoted"@evil.test',
    '(comment)',
    '%0d%0aRCPT TO:<eve@evil.test>',
  ];
  const ADDRESSES = BREAKS.flatMap((line) =>
    TAILS.flatMap((tail) => [
      `anna${line}${tail}@example.test`,
      `anna@example.test${line}${tail}`,
      `${tail}${line}anna@example.test`,
      `anna@example${line}.test`,
    ]),
  );

  it('as an address is refused before a command goes out', async () => {
    expect(ADDRESSES.length).toBeGreaterThan(400);
    const classes = new Set<string>();
    for (const to of ADDRESSES) {
      const { kind, detail } = await failure({ to });
      classes.add(`${kind} ${detail}`);
    }
    expect([...classes]).toEqual(['PERMANENT unsafe-message']);
    expect(sink.commands).toEqual([]);
  });

  it.each([
    'a@b@c.test',
    'a@',
    '@b.test',
    'a b@c.test',
    'a@[127.0.0.1]',
    'a,b@c.test',
    'a@b..test',
    'a@b.test.',
    '',
  ])('as an address is refused: "%s"', async (to) => {
    await expect(failure({ to })).resolves.toMatchObject({ kind: 'PERMANENT' });
    expect(sink.commands).toEqual([]);
  });

  it('as a subject or name cannot add a header', async () => {
    for (const line of ['\r\n', '\n', '\r', '\u0000', '\u0085', '\u2028']) {
      await failure({ subject: `Hello${line}Bcc: eve@evil.test` });
      await failure({ from: { name: `Acme${line}Bcc: eve@evil.test`, address: 'no-reply@acme.test' } });
    }
    expect(sink.commands).toEqual([]);
  });

  it(
    'anywhere, whatever it is, adds no command, recipient or header: refused, or one mail as it would have been',
    async () => {
      await send();
      const own = new Set([...headerNames(sink.mails[0]!.content), 'content-transfer-encoding']);
      const fragment = fc.oneof(
        fc.constantFrom(...BREAKS, ...TAILS),
        fc.string({ unit: 'grapheme', maxLength: 12 }),
        fc.string({ unit: 'binary', maxLength: 12 }),
      );
      const hostile = fc.array(fragment, { maxLength: 6 }).map((fragments) => fragments.join(''));
      const message = fc.record(
        {
          to: fc.oneof(
            hostile,
            fc.tuple(hostile, hostile).map((parts) => parts.join('@')),
          ),
          from: fc.record({ name: hostile, address: fc.constant(MESSAGE.from.address) }),
          subject: hostile,
          text: hostile,
          html: hostile,
        },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(message, async (changes) => {
          sink.commands.length = 0;
          sink.mails.length = 0;
          const refused = await send(changes).then(
            () => undefined,
            (error: unknown) => error,
          );
          const transaction = sink.commands.filter((command) => !/^(EHLO|RSET|NOOP)/.test(command));
          if (refused !== undefined) {
            expect(refused).toMatchObject({ kind: 'PERMANENT', detail: 'unsafe-message' });
            expect(transaction).toEqual([]);
            return;
          }
          expect(transaction.map((command) => command.split(':')[0])).toEqual([
            'MAIL FROM',
            'RCPT TO',
            'DATA',
          ]);
          expect(transaction[1]).toMatch(/^RCPT TO:<[^<> \t\r\n]+>$/);
          expect(sink.mails).toHaveLength(1);
          const names = headerNames(sink.mails[0]!.content);
          expect(names.filter((name) => !own.has(name))).toEqual([]);
          expect(new Set(names).size).toBe(names.length);
        }),
        { numRuns: process.env['SOAK'] ? 20_000 : 300 },
      );
    },
    process.env['SOAK'] ? 600_000 : 60_000,
  );

  it('as content cannot end the message or begin another', async () => {
    const text = [
      '.',
      '..',
      '.\r\nMAIL FROM:<eve@evil.test>\r\nRCPT TO:<eve@evil.test>\r\nDATA',
      '\n.\nQUIT',
    ].join('\r\n');
    await send({ text, html: `<p>${text}</p>` });
    expect(sink.mails).toHaveLength(1);
    expect(sink.commands.filter((command) => /^(MAIL|RCPT)/.test(command))).toEqual([
      'MAIL FROM:<no-reply@acme.test>',
      'RCPT TO:<anna@example.test>',
    ]);
  });
});

describe('DKIM', () => {
  it('signs what goes out with the domain, selector and key of the DSN (RFC 6376)', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const folder = await mkdtemp(join(tmpdir(), 'dkim-'));
    const file = join(folder, 'key.pem');
    await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    provider = providerFor(`tls=off&dkimDomain=acme.test&dkimSelector=s1&dkimKey=file:${file}`);
    await rm(folder, { recursive: true });
    await send();
    const content = sink.mails[0]!.content;
    expect(content).toMatch(/^DKIM-Signature: .*d=acme\.test;[\s\S]*s=s1;/m);
    expect(verifiesDkim(content, publicKey.export({ type: 'spki', format: 'pem' }).toString())).toBe(true);
  });
});

describe('A text message over the mail gateway', () => {
  it('is a mail to the digits of its number', async () => {
    const gateway = new MailGatewayProvider({
      scheme: 'mail-gateway',
      url: new URL(`mail-gateway://127.0.0.1:${sink.port}?domain=sms.localhost&from=sms@acs.localhost`),
    });
    await gateway.send(
      {
        deliveryId: ID,
        tenant: 'acme',
        senderId: 'ACME',
        to: '+31612345678',
        text: 'Your code is 734218\n\n@acme.test #734218',
        date: MESSAGE.date,
      },
      AbortSignal.timeout(5_000),
    );
    await gateway.close();
    expect(sink.mails[0]?.commands).toEqual([
      'MAIL FROM:<sms@acs.localhost>',
      'RCPT TO:<31612345678@sms.localhost>',
      'DATA',
    ]);
    const parsed = await simpleParser(sink.mails[0]!.content);
    expect(parsed.text).toBe('Your code is 734218\n\n@acme.test #734218\n');
  });
});

/** The names of the header fields at the top of a mail, in order. */
function headerNames(content: string): string[] {
  const [head = ''] = content.split('\r\n\r\n');
  return head.split(/\r\n(?![ \t])/).map((field) => field.slice(0, field.indexOf(':')).toLowerCase());
}
