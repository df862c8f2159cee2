import { randomBytes, randomInt } from 'node:crypto';
import { ALPHABETS, type CodeAlphabet } from '../domain/secret.js';

export interface CodeShape {
  readonly length: number;
  readonly alphabet: CodeAlphabet;
}

/** A code where the policy has one, else a token. */
export function generateSecret(code: CodeShape | null): string {
  return code ? generateCode(code) : generateToken();
}

/** A code of the alphabet, every character drawn without bias (NIST SP 800-63B-4, section 3.1.3.2). */
export function generateCode({
  length,
  alphabet,
}: {
  readonly length: number;
  readonly alphabet: CodeAlphabet;
}): string {
  const characters = ALPHABETS[alphabet];
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
}

/** A token of 256 random bits, base64url (43 characters). */
export function generateToken(): string {
  return randomBytes(32).toString('base64url');
}
