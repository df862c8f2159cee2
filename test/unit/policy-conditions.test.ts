import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { conditionFindings } from '../../src/policy/domain/condition-findings.js';
import { type AskedConditions, completed } from '../../src/policy/domain/conditions.js';
import { guessableBecause } from '../../src/policy/domain/guessing.js';
import type { Purpose } from '../../src/policy/domain/policy.js';
import { templateFindings } from '../../src/policy/domain/template-findings.js';
import type { ChallengeType, Template } from '../../src/template/template.js';

const TYPES = ['EMAIL_OTP', 'SMS_OTP', 'EMAIL_LINK', 'TOKEN'] as const;

/** Findings as `pointer code`. */
function found(type: ChallengeType, asked: AskedConditions, purpose: Purpose = 'ACTION'): string[] {
  return conditionFindings(type, purpose, completed(type, asked)).map(
    ({ pointer, code }) => `${pointer} ${code}`,
  );
}

describe('the conditions of a policy', () => {
  it.each([
    [
      'EMAIL_OTP',
      600,
      { length: 6, alphabet: 'DIGITS' },
      3,
      [
        [5, 600],
        [20, 86_400],
      ],
    ],
    [
      'SMS_OTP',
      300,
      { length: 6, alphabet: 'DIGITS' },
      3,
      [
        [5, 600],
        [10, 86_400],
      ],
    ],
    [
      'EMAIL_LINK',
      600,
      null,
      3,
      [
        [5, 600],
        [20, 86_400],
      ],
    ],
    ['TOKEN', 600, null, 0, []],
  ] as const)('of %s have defaults', (type, expiresInSeconds, code, resends, limits) => {
    expect(completed(type, {})).toEqual({
      expiresInSeconds,
      completeWithinSeconds: 300,
      maxAttempts: 5,
      code,
      resend: { max: resends, cooldownSeconds: 30, secret: 'SAME', extendsExpiry: false },
      active: { maxPerRecipient: 1, whenExceeded: 'SUPERSEDE' },
      limits: limits.map(([max, windowSeconds]) => ({ per: 'RECIPIENT', max, windowSeconds })),
      requireAction: false,
      recipients: { emailDomains: { allow: [], block: [] }, countries: { allow: [], block: [] } },
    });
    expect(found(type, {})).toEqual([]);
  });

  it('give a code of the unambiguous alphabet eight characters', () => {
    expect(completed('SMS_OTP', { code: { alphabet: 'UNAMBIGUOUS' } }).code).toEqual({
      length: 8,
      alphabet: 'UNAMBIGUOUS',
    });
  });

  it.each(TYPES)('of %s stay what they are when they are sent back', (type) => {
    const conditions = completed(type, {});
    expect(completed(type, conditions)).toEqual(conditions);
    expect(found(type, conditions)).toEqual([]);
  });

  it.each([
    ['EMAIL_OTP', 'ACTION', 600],
    ['SMS_OTP', 'ACTION', 600],
    ['EMAIL_OTP', 'ADDRESS_CONFIRMATION', 600],
    ['EMAIL_LINK', 'ACTION', 600],
    ['EMAIL_LINK', 'ADDRESS_CONFIRMATION', 86_400],
    ['TOKEN', 'ACTION', 86_400],
  ] as const)('let a challenge of %s for %s live %d seconds at most', (type, purpose, most) => {
    expect(found(type, { expiresInSeconds: most }, purpose)).toEqual([]);
    expect(found(type, { expiresInSeconds: most + 1 }, purpose)).toEqual([
      '/conditions/expiresInSeconds too-large',
    ]);
  });

  it.each([
    [599, 30],
    [86_399, 30],
    [86_400, 100],
    [2_592_000, 100],
  ])('let a recipient in %d seconds get %d at most', (windowSeconds, most) => {
    expect(found('SMS_OTP', { limits: [{ per: 'RECIPIENT', max: most, windowSeconds }] })).toEqual([]);
    expect(found('SMS_OTP', { limits: [{ per: 'RECIPIENT', max: most + 1, windowSeconds }] })).toEqual([
      '/conditions/limits/0/max too-large',
    ]);
    expect(found('SMS_OTP', { limits: [{ per: 'POLICY', max: most + 1, windowSeconds }] })).toEqual([]);
  });

  it.each([
    ['TOKEN', { code: {} }, '/conditions/code not-applicable'],
    ['EMAIL_LINK', { code: { length: 6 } }, '/conditions/code not-applicable'],
    ['SMS_OTP', { code: null }, '/conditions/code required'],
    ['TOKEN', { resend: { max: 1 } }, '/conditions/resend/max not-applicable'],
    ['TOKEN', { active: { maxPerRecipient: 2 } }, '/conditions/active not-applicable'],
    ['TOKEN', { active: { whenExceeded: 'REJECT' } }, '/conditions/active not-applicable'],
    [
      'TOKEN',
      { limits: [{ per: 'RECIPIENT', max: 1, windowSeconds: 60 }] },
      '/conditions/limits/0/per not-applicable',
    ],
    [
      'TOKEN',
      { recipients: { countries: { allow: ['NL'] } } },
      '/conditions/recipients/countries not-applicable',
    ],
    [
      'EMAIL_OTP',
      { recipients: { countries: { block: ['NL'] } } },
      '/conditions/recipients/countries not-applicable',
    ],
    [
      'SMS_OTP',
      { recipients: { emailDomains: { allow: ['a.example'] } } },
      '/conditions/recipients/emailDomains not-applicable',
    ],
    [
      'SMS_OTP',
      { recipients: { countries: { allow: ['NL', 'BE'], block: ['BE'] } } },
      '/conditions/recipients/countries contradiction',
    ],
    [
      'TOKEN',
      { expiresInSeconds: 86_400, resend: { extendsExpiry: true } },
      '/conditions/resend/extendsExpiry not-applicable',
    ],
    [
      'EMAIL_OTP',
      {
        limits: [
          { per: 'SUBJECT', max: 1, windowSeconds: 60 },
          { per: 'SUBJECT', max: 2, windowSeconds: 60 },
        ],
      },
      '/conditions/limits/1 duplicate',
    ],
  ] as const satisfies readonly (readonly [ChallengeType, AskedConditions, string])[])(
    'of %s cannot be %j',
    (type, asked, finding) => {
      expect(found(type, asked)).toEqual([finding]);
    },
  );

  it('are told everything at once', () => {
    expect(found('TOKEN', { expiresInSeconds: 86_401, code: {}, resend: { max: 2 } })).toHaveLength(3);
  });
});

describe('the chance of guessing a challenge', () => {
  const code = fc.record({
    length: fc.integer({ min: 1, max: 10 }),
    alphabet: fc.constantFrom('DIGITS' as const, 'UNAMBIGUOUS' as const),
  });

  it('is 1 in 100,000 at most, exactly, and no code has fewer than 6 characters', () => {
    fc.assert(
      fc.property(code, fc.integer({ min: 1, max: 10 }), (shape, maxAttempts) => {
        const symbols = shape.alphabet === 'DIGITS' ? 10n : 32n;
        const safe = shape.length >= 6 && BigInt(maxAttempts) * 100_000n <= symbols ** BigInt(shape.length);
        expect(guessableBecause({ code: shape, maxAttempts }) === null).toBe(safe);
      }),
    );
  });

  it('is within the bound for everything that the bounds of length and attempts allow', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 6, max: 10 }),
        fc.constantFrom('DIGITS' as const, 'UNAMBIGUOUS' as const),
        fc.integer({ min: 1, max: 10 }),
        (length, alphabet, maxAttempts) => {
          expect(guessableBecause({ code: { length, alphabet }, maxAttempts })).toBeNull();
        },
      ),
    );
  });

  it('is told with the arithmetic and what would be safe', () => {
    expect(guessableBecause({ code: { length: 5, alphabet: 'DIGITS' }, maxAttempts: 5 })).toBe(
      '5 attempts at 100000 possible codes succeed once in 20000; at most once in 100000, with 6 characters or more, is allowed. Safe would be code.length 6.',
    );
  });

  it('proposes nothing that would not be safe', () => {
    fc.assert(
      fc.property(code, fc.integer({ min: 1, max: 10 }), (shape, maxAttempts) => {
        const told = guessableBecause({ code: shape, maxAttempts }) ?? '';
        const length = /code\.length (\d+)/.exec(told)?.[1];
        const attempts = /maxAttempts (\d+)/.exec(told)?.[1];
        if (length)
          expect(guessableBecause({ code: { ...shape, length: Number(length) }, maxAttempts })).toBeNull();
        if (attempts) expect(guessableBecause({ code: shape, maxAttempts: Number(attempts) })).toBeNull();
        if (told.includes('UNAMBIGUOUS'))
          expect(guessableBecause({ code: { ...shape, alphabet: 'UNAMBIGUOUS' }, maxAttempts })).toBeNull();
      }),
    );
  });

  it('is none for tokens', () => {
    expect(guessableBecause({ code: null, maxAttempts: 10 })).toBeNull();
  });
});

describe('the template of a policy', () => {
  const template: Template = {
    defaultLocale: 'en',
    link: 'https://a.example/#',
    originDomain: 'a.example',
    locales: { en: { text: 'x', subject: 'x', html: 'x' }, nl: { text: 'x' } },
  };
  const foundIn = (type: ChallengeType, given: Template | null): string[] =>
    templateFindings(type, given).map(({ pointer, code }) => `${pointer} ${code}`);

  it('is refused where nothing is delivered and required where something is', () => {
    expect(foundIn('TOKEN', template)).toEqual(['/template not-applicable']);
    expect(foundIn('TOKEN', null)).toEqual([]);
    for (const type of ['EMAIL_OTP', 'SMS_OTP', 'EMAIL_LINK'] as const)
      expect(foundIn(type, null)).toEqual(['/template required']);
  });

  it('has only parts that its type has a use for', () => {
    expect(foundIn('EMAIL_OTP', template)).toEqual([
      '/template/link not-applicable',
      '/template/originDomain not-applicable',
    ]);
    expect(foundIn('EMAIL_LINK', template)).toEqual(['/template/originDomain not-applicable']);
    expect(foundIn('SMS_OTP', template)).toEqual([
      '/template/link not-applicable',
      '/template/locales/en/subject not-applicable',
      '/template/locales/en/html not-applicable',
    ]);
  });
});
