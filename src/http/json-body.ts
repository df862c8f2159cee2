import { AppError, type Finding } from '../shared/app-error.js';
import { escapePointer } from '../shared/json-pointer.js';

/** Keys that Nest and class-transformer leave out when they copy, so that nobody would be told. */
export const UNSAFE_KEYS: readonly string[] = [...Object.getOwnPropertyNames(Object.prototype), 'prototype'];
const MAX_DEPTH = 20;
const DECODER = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a JSON body (RFC 8259), which is an object; an empty body is an empty one. Refused: what is not UTF-8
 * or not JSON, or no object, nesting deeper than 20, and, with every finding at once, keys that reach for prototypes, text that no
 * database column or header can hold (NUL, lone surrogates) and numbers beyond what JSON numbers carry.
 */
export function readJsonBody(bytes: Buffer): object {
  if (bytes.length === 0) return {};
  const body = parse(bytes);
  const findings: Finding[] = isObject(body)
    ? []
    : [{ pointer: '', code: 'type', detail: 'the body must be an object' }];
  inspect(body, '', 0, findings);
  if (findings.length > 0) throw new AppError('request-invalid', { errors: findings });
  return body as object;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(DECODER.decode(bytes)) as unknown;
  } catch (cause) {
    throw new AppError('request-malformed', { detail: 'The body is not JSON in UTF-8.', cause });
  }
}

function inspect(value: unknown, pointer: string, depth: number, findings: Finding[]): void {
  if (depth > MAX_DEPTH) {
    throw new AppError('request-invalid', {
      errors: [{ pointer, code: 'too-deep', detail: `JSON may be nested ${MAX_DEPTH} levels deep at most` }],
    });
  }
  if (typeof value === 'string') {
    if (!isStorable(value)) findings.push({ pointer, code: 'characters', detail: UNSTORABLE });
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value))
      findings.push({ pointer, code: 'too-large', detail: 'the number is out of range' });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      const at = `${pointer}/${escapePointer(key)}`;
      if (UNSAFE_KEYS.includes(key))
        findings.push({ pointer: at, code: 'unknown-property', detail: 'this property is not allowed' });
      else if (!isStorable(key)) findings.push({ pointer, code: 'characters', detail: UNSTORABLE });
      else inspect(member, at, depth + 1, findings);
    }
  }
}

const UNSTORABLE = 'text may not hold the character NUL or half of a surrogate pair';

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
