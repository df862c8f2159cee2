import { describe, expect, it } from '@jest/globals';
import { guessableBecause } from '../../src/policy/domain/guessing.js';

describe('what would make a policy safe', () => {
  it.each([
    ['DIGITS', 4, 5, '10000', '2000', 'code.length 6'],
    ['UNAMBIGUOUS', 3, 1, '32768', '32768', 'code.length 6'],
    // Within the bound, and too short all the same.
    ['UNAMBIGUOUS', 5, 10, '33554432', '3355443.2', 'code.length 6'],
    // Ten attempts at a million codes are just within the bound.
    ['DIGITS', 5, 10, '100000', '10000', 'code.length 6'],
    // As many attempts as the longest code allows, and more.
    [
      'DIGITS',
      9,
      100_000,
      '1000000000',
      '10000',
      'code.length 10, or maxAttempts 10000, or code.alphabet UNAMBIGUOUS',
    ],
    ['DIGITS', 10, 200_000, '10000000000', '50000', 'maxAttempts 100000, or code.alphabet UNAMBIGUOUS'],
  ] as const)(
    'is told for %s of length %i and %i attempts',
    (alphabet, length, maxAttempts, codes, odds, safe) => {
      expect(guessableBecause({ code: { length, alphabet }, maxAttempts })).toBe(
        `${maxAttempts} attempts at ${codes} possible codes succeed once in ${odds}; at most once in 100000, with 6 characters or more, is allowed. Safe would be ${safe}.`,
      );
    },
  );
});
