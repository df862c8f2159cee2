import type { CodeConditions, Conditions } from './conditions.js';

/** The most that guessing may succeed for one challenge: 1 in 100,000. */
const BOUND = 100_000n;
/** A code has so many characters at least, whatever the chance. */
const MIN_LENGTH = 6;
const MAX_LENGTH = 10;

const SYMBOLS: Readonly<Record<CodeConditions['alphabet'], bigint>> = { DIGITS: 10n, UNAMBIGUOUS: 32n };

/**
 * Why a challenge's code could be guessed: the computed chance, attempts over the number of codes, and what would
 * bring it within 1 in 100,000, with 6 characters or more. Null when it is safe, as every token of 256 bits is.
 */
export function guessableBecause({
  code,
  maxAttempts,
}: Pick<Conditions, 'code' | 'maxAttempts'>): string | null {
  if (!code) return null;
  const codes = codesOf(code.alphabet, code.length);
  const attempts = BigInt(maxAttempts);
  if (code.length >= MIN_LENGTH && attempts * BOUND <= codes) return null;
  const chance = `${maxAttempts} attempts at ${codes} possible codes succeed once in ${formatted(Number(codes) / maxAttempts)}`;
  const remedies = [longerCode(code, attempts), fewerAttempts(code, codes), otherAlphabet(code, attempts)];
  return `${chance}; at most once in ${BOUND}, with ${MIN_LENGTH} characters or more, is allowed. Safe would be ${remedies.filter(Boolean).join(', or ')}.`;
}

function longerCode({ alphabet }: CodeConditions, attempts: bigint): string | null {
  const length = safeLength(alphabet, attempts);
  return length === null ? null : `code.length ${length}`;
}

function fewerAttempts({ length }: CodeConditions, codes: bigint): string | null {
  const attempts = codes / BOUND;
  return length >= MIN_LENGTH && attempts >= 1n ? `maxAttempts ${attempts}` : null;
}

function otherAlphabet({ alphabet, length }: CodeConditions, attempts: bigint): string | null {
  const safe = attempts * BOUND <= codesOf('UNAMBIGUOUS', length);
  return length >= MIN_LENGTH && alphabet === 'DIGITS' && safe ? 'code.alphabet UNAMBIGUOUS' : null;
}

function safeLength(alphabet: CodeConditions['alphabet'], attempts: bigint): number | null {
  for (let length = MIN_LENGTH; length <= MAX_LENGTH; length += 1)
    if (attempts * BOUND <= codesOf(alphabet, length)) return length;
  return null;
}

function codesOf(alphabet: CodeConditions['alphabet'], length: number): bigint {
  return SYMBOLS[alphabet] ** BigInt(length);
}

function formatted(number: number): string {
  return String(Math.round(number * 10) / 10);
}
