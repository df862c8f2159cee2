import { randomBytes } from 'node:crypto';
import type { Constant, Fresh, Given } from '../record/script.js';

export type Value = string | Buffer | null;

/** The values that one replay makes anew, in the order of the script. */
export function freshValues(fresh: readonly Fresh[], given: Given): Value[] {
  return fresh.map((value) => make(value, given));
}

export function constantValue(constant: Constant): Value {
  return constant === null || typeof constant === 'string' ? constant : Buffer.from(constant.hex, 'hex');
}

function make(value: Fresh, given: Given): Value {
  switch (value.kind) {
    case 'uuid':
      return uuid(Date.now() + value.offsetMs, value.floor);
    case 'bytes':
      return randomBytes(value.length);
    case 'time':
      return new Date(Date.now() + value.offsetMs).toISOString();
    case 'given':
      return value.text.replace(/\{(\w+)\}/g, (_, name: string) => given[name] ?? '');
    case 'hex':
      return value.text.replace(/[0-9a-f]{32,}/g, (digits) =>
        randomBytes(Math.ceil(digits.length / 2))
          .toString('hex')
          .slice(0, digits.length),
      );
  }
}

/** A UUIDv7, or the least of its time (RFC 9562, section 5.7). */
function uuid(at: number, floor: boolean): string {
  const random = floor ? '0'.repeat(20) : `7${randomBytes(10).toString('hex').slice(0, 19)}`;
  const digits = Math.floor(at).toString(16).padStart(12, '0') + random;
  const variant = floor ? '0' : '8';
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    variant + digits.slice(17, 20),
    digits.slice(20),
  ].join('-');
}
