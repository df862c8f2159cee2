import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AnswerKeeper } from '../../src/challenge/crypto/answer-keeper.js';
import { generateCode, generateToken } from '../../src/challenge/crypto/secret-generator.js';
import { actionDigest } from '../../src/challenge/domain/action.js';
import { ALPHABETS, normaliseAnswer } from '../../src/challenge/domain/secret.js';
import { KeyRing } from '../../src/keys/key-ring.js';

const SOAK = Boolean(process.env['SOAK']);

describe('an answer to a code', () => {
  it.each(['12 34 56', '123-456', ' 123456\n', '123\u2013456', 'I2E456'.replace('E', '3'), 'l23456'])(
    'forgives %j',
    (typed) => {
      expect(normaliseAnswer('EMAIL_OTP', typed)).toBe('123456');
    },
  );

  it('reads the letters that Crockford leaves out as the digits they resemble', () => {
    expect(normaliseAnswer('SMS_OTP', 'oO-iIlL abz')).toBe('001111ABZ');
  });

  it('is the code however the code is written', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('DIGITS' as const, 'UNAMBIGUOUS' as const),
        fc.integer({ min: 6, max: 10 }),
        (alphabet, length) => {
          const code = generateCode({ alphabet, length });
          return normaliseAnswer('SMS_OTP', ` ${code.toLowerCase().slice(0, 3)}-${code.slice(3)} `) === code;
        },
      ),
      { numRuns: SOAK ? 100_000 : 100 },
    );
  });

  it('is taken to the letter for tokens', () => {
    expect(normaliseAnswer('TOKEN', 'aB-o ')).toBe('aB-o ');
  });
});

describe('a generated secret', () => {
  /** Chi-square against a uniform draw; the bound is that of p = 10⁻⁶ at the degrees of freedom (Wilson–Hilferty). */
  function expectUniform(counts: readonly number[]): void {
    const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    const degrees = counts.length - 1;
    const bound = degrees * (1 - 2 / (9 * degrees) + 4.753 * Math.sqrt(2 / (9 * degrees))) ** 3;
    expect(chiSquare).toBeLessThan(bound);
  }

  it.each(['DIGITS', 'UNAMBIGUOUS'] as const)('draws every character and pair of %s alike', (alphabet) => {
    const characters = ALPHABETS[alphabet];
    const codes = Array.from({ length: SOAK ? 1_000_000 : 60_000 }, () =>
      generateCode({ alphabet, length: 6 }),
    );
    const singles = new Array<number>(characters.length).fill(0);
    const pairs = new Array<number>(characters.length ** 2).fill(0);
    for (const code of codes) {
      const indexes = [...code].map((character) => characters.indexOf(character));
      indexes.forEach((index, position) => {
        singles[index] = singles[index]! + 1;
        const next = indexes[position + 1];
        // Every other pair, so that the pairs counted share no character.
        if (position % 2 === 0 && next !== undefined)
          pairs[index * characters.length + next] = pairs[index * characters.length + next]! + 1;
      });
    }
    expectUniform(singles);
    expectUniform(pairs);
  });

  it('is a token of 256 bits that never comes twice', () => {
    const tokens = Array.from({ length: SOAK ? 1_000_000 : 10_000 }, generateToken);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(tokens.every((token) => /^[A-Za-z0-9_-]{43}$/.test(token))).toBe(true);
  });
});

describe('a kept answer', () => {
  const keeper = new AnswerKeeper(new KeyRing([{ id: 'k1', bytes: randomBytes(32) }]));
  const challenge = { id: '019b7600-0000-7000-8000-000000000001', type: 'EMAIL_OTP' as const };
  const kept = keeper.keep('acme', challenge, '123456');

  it('matches its answer alone, and for its tenant and challenge alone', () => {
    expect(keeper.matches('acme', challenge, '123-456', kept)).toBe(true);
    expect(keeper.matches('acme', challenge, '123457', kept)).toBe(false);
    expect(keeper.matches('globex', challenge, '123456', kept)).toBe(false);
    expect(
      keeper.matches('acme', { ...challenge, id: '019b7600-0000-7000-8000-000000000002' }, '123456', kept),
    ).toBe(false);
  });

  it('is found among what an answer may have been kept as', () => {
    expect(keeper.everyMac('acme', challenge.id, '123 456').some((mac) => mac.equals(kept.mac))).toBe(true);
  });
});

describe('the digest of an action', () => {
  it('is the same however its members are ordered, and another for another value', () => {
    const one = actionDigest({ name: 'pay', details: { to: 'NL91', amount: '1.00' } });
    expect(actionDigest({ details: { amount: '1.00', to: 'NL91' }, name: 'pay' })).toEqual(one);
    expect(actionDigest({ name: 'pay', details: { to: 'NL91', amount: '1.01' } })).not.toEqual(one);
  });
});
