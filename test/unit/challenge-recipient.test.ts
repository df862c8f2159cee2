import { describe, expect, it } from '@jest/globals';
import {
  emailRecipient,
  maskRecipient,
  phoneRecipient,
  recipientIdentity,
} from '../../src/policy/domain/recipient.js';
import { exclusionOf } from '../../src/policy/domain/recipient-rules.js';

const rules = {
  policy: { emailDomains: { allow: [], block: [] }, countries: { allow: [], block: [] } },
  blockedDomains: [],
  countries: ['NL'],
};

describe('an e-mail recipient', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['Ada.Lovelace+x@Example.COM', 'Ada.Lovelace+x@example.com'],
    ['user@bücher.example', 'user@xn--bcher-kva.example'],
    ['δοκιμή@παράδειγμα.δοκιμή', 'δοκιμή@xn--hxajbheg2az3al.xn--jxalpdlp'],
    ["o'brien@example.co.uk", "o'brien@example.co.uk"],
  ])('takes %s', (typed, address) => {
    expect(emailRecipient(typed)).toMatchObject({ channel: 'EMAIL', address });
  });

  it.each([
    'plain',
    '@example.com',
    'a@',
    'a@localhost',
    'a@b@example.com',
    'a b@example.com',
    '"a b"@example.com',
    'a..b@example.com',
    '.a@example.com',
    'a@-example.com',
    'a@example..com',
    'a@[127.0.0.1]',
    'a@127.0.0.1',
    'a@example.com\r\nBcc: b@example.com',
    'a\r\nRCPT TO:<b@example.com>@example.com',
    'a@example.com,b@example.com',
    'Ada <ada@example.com>',
    'a@exa%6dple.com',
    'a\u200b@example.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b'.repeat(64)}.com`,
    `a@${'bcd.'.repeat(64)}com`,
  ])('refuses %j', (typed) => {
    expect(emailRecipient(typed)).toBeUndefined();
  });

  it('is one person whatever the letter case or the form of the domain', () => {
    const identities = ['ADA@bücher.example', 'ada@BÜCHER.example', 'ada@xn--bcher-kva.example'].map(
      (typed) => recipientIdentity(emailRecipient(typed)!),
    );
    expect(new Set(identities).size).toBe(1);
  });

  it('is masked to the same length whatever its own, and whole where it is short', () => {
    const masked = (typed: string): string => maskRecipient(emailRecipient(typed)!);
    expect(masked('ada@example.com')).toBe('a••@e••••••.com');
    expect(masked('adalovelace@mail.example.com')).toBe('a••@m••••••.com');
    expect(masked('ab@example.com')).toBe('••@e••••••.com');
    expect(masked('a@x.com')).toBe('••@••••••.com');
  });
});

describe('a phone recipient', () => {
  it.each(['+31612345678', '+12025550123', '+447400123456'])('takes %s', (typed) => {
    expect(phoneRecipient(typed)).toMatchObject({ channel: 'SMS', address: typed });
  });

  it.each([
    '0612345678',
    '+31',
    '+0612345678',
    '+999123456789',
    '+31 6 12345678',
    '+3161234567890123',
    'sip:+31612345678',
  ])('refuses %s', (typed) => {
    expect(phoneRecipient(typed)).toBeUndefined();
  });

  it('shows its country and its last two digits', () => {
    expect(maskRecipient(phoneRecipient('+31612345678')!)).toBe('+31••••••78');
  });

  it('is sent to only in a country that is listed', () => {
    expect(exclusionOf(phoneRecipient('+31612345678')!, rules)).toBeUndefined();
    expect(exclusionOf(phoneRecipient('+447400123456')!, rules)).toMatch(/not enabled/);
    expect(exclusionOf(phoneRecipient('+31612345678')!, { ...rules, countries: [] })).toMatch(/not enabled/);
  });

  it('is not sent to where numbers of its type receive nothing', () => {
    expect(exclusionOf(phoneRecipient('+31201234567')!, rules)).toMatch(/do not receive/);
    expect(exclusionOf(phoneRecipient('+31900123456')!, { ...rules })).toMatch(/do not receive/);
  });
});

describe('the rules about domains', () => {
  const at = (
    domain: string,
    emailDomains: { allow: string[]; block: string[] },
    blockedDomains: string[] = [],
  ) =>
    exclusionOf(emailRecipient(`ada@${domain}`)!, {
      ...rules,
      policy: { ...rules.policy, emailDomains },
      blockedDomains,
    });

  it('block a domain with all below it', () => {
    expect(at('example.com', { allow: [], block: ['example.com'] })).toMatch(/blocked/);
    expect(at('mail.example.com', { allow: [], block: [] }, ['example.com'])).toMatch(/blocked/);
    expect(at('notexample.com', { allow: [], block: ['example.com'] })).toBeUndefined();
  });

  it('admit those listed and no other, and a block outweighs', () => {
    expect(at('example.com', { allow: ['example.com'], block: [] })).toBeUndefined();
    expect(at('example.org', { allow: ['example.com'], block: [] })).toMatch(/not among/);
    expect(at('bad.example.com', { allow: ['example.com'], block: ['bad.example.com'] })).toMatch(/blocked/);
  });
});
