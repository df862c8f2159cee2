import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { renderMessage } from '../../src/template/render.js';
import { smsSegments } from '../../src/template/sms-segments.js';
import type { Template } from '../../src/template/template.js';

const RUNS = process.env['SOAK'] ? 100_000 : 200;

describe('counting the segments of an SMS', () => {
  it.each([
    ['', 'GSM-7', 0, 1],
    ['a'.repeat(160), 'GSM-7', 160, 1],
    ['a'.repeat(161), 'GSM-7', 161, 2],
    ['a'.repeat(306), 'GSM-7', 306, 2],
    ['a'.repeat(307), 'GSM-7', 307, 3],
    ['€'.repeat(80), 'GSM-7', 160, 1],
    [`a${'€'.repeat(80)}`, 'GSM-7', 161, 2],
    ['@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà', 'GSM-7', 44, 1],
    ['^{}\\[~]|€\f', 'GSM-7', 20, 1],
    ['ç', 'UCS-2', 1, 1],
    ['`', 'UCS-2', 1, 1],
    ['ж'.repeat(70), 'UCS-2', 70, 1],
    ['ж'.repeat(71), 'UCS-2', 71, 2],
    ['ж'.repeat(134), 'UCS-2', 134, 2],
    ['ж'.repeat(135), 'UCS-2', 135, 3],
    ['\u{1F600}'.repeat(35), 'UCS-2', 70, 1],
  ])('%j is %s of %d units in %d', (text, encoding, units, segments) => {
    expect(smsSegments(text)).toEqual({ encoding, units, segments });
  });

  it('splits no character over two segments', () => {
    // 152 + an escaped character does not fit 153; 66 + a surrogate pair does not fit 67.
    expect(smsSegments(`${'a'.repeat(152)}€${'a'.repeat(152)}`)).toMatchObject({ units: 306, segments: 3 });
    expect(smsSegments(`${'ж'.repeat(66)}\u{1F600}${'ж'.repeat(66)}`)).toMatchObject({
      units: 134,
      segments: 3,
    });
  });

  it('never takes fewer segments for more text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '€', 'ж', '\u{1F600}'), maxLength: 400 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(smsSegments(one + other).segments).toBeGreaterThanOrEqual(smsSegments(one).segments);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the origin-bound line of an SMS', () => {
  it('is read back by the algorithm of the specification, in every locale', () => {
    const template: Template = {
      defaultLocale: 'en',
      link: null,
      originDomain: 'app.acme.example',
      locales: {
        en: { text: 'Your code is {{ code }}.\n\n' },
        nl: { text: 'Hallo {{ variables.name }}, uw code is {{ code }}' },
      },
    };
    const hostile = fc.oneof(
      fc.constantFrom('Jo', 'Jo\n@evil.example #999999', '@evil.example #1', '\r\n', '#', '@a #b\n'),
      fc.string({ unit: fc.constantFrom('@', '#', ' ', '\n', '\r', '\t', '.', 'a', '1'), maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 60 }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('en', 'nl'),
        fc.stringMatching(/^[0-9A-Z]{6,10}$/),
        hostile,
        (locale, code, name) => {
          const { text } = renderMessage(template, 'SMS_OTP', locale, {
            code,
            challengeId: 'c',
            expiresInMinutes: 5,
            action: null,
            tenant: 'acme',
            variables: { name },
          });
          expect(parseOriginBound(text)).toEqual({ host: 'app.acme.example', code });
        },
      ),
      { numRuns: RUNS },
    );
  });
});

/** WICG, Origin-bound one-time codes delivered via SMS, section "Parsing": the last line alone speaks. */
function parseOriginBound(message: string): { host: string; code: string } | null {
  const line = message.split('\n').at(-1) ?? '';
  let position = 0;
  const collect = (stop: RegExp): string => {
    const start = position;
    while (position < line.length && !stop.test(line.charAt(position))) position += 1;
    return line.slice(start, position);
  };
  if (line.charAt(position++) !== '@') return null;
  const host = collect(/[\t\n\f\r ]/);
  if (host === '' || !URL.canParse(`https://${host}`) || new URL(`https://${host}`).host !== host)
    return null;
  if (line.charAt(position++) !== ' ' || line.charAt(position++) !== '#') return null;
  const code = collect(/[\t\n\f\r ]/);
  return code === '' ? null : { host, code };
}
