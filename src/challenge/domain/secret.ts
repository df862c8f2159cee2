import type { ChallengeType } from '../../template/template.js';

export type CodeAlphabet = 'DIGITS' | 'UNAMBIGUOUS';

/** Digits, and Crockford's base32 without I, L, O and U. */
export const ALPHABETS: Readonly<Record<CodeAlphabet, string>> = {
  DIGITS: '0123456789',
  UNAMBIGUOUS: '0123456789ABCDEFGHJKMNPQRSTVWXYZ',
};

/**
 * An answer as it is compared. Codes forgive what people do when they copy them: spaces, hyphens, letter case,
 * O for 0, I and L for 1 (Crockford base32). Tokens are copied by machines and compared as they are.
 */
export function normaliseAnswer(type: ChallengeType, answer: string): string {
  if (type === 'EMAIL_LINK' || type === 'TOKEN') return answer;
  return answer
    .replace(/[\s\p{Pd}]/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
}
