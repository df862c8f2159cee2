import type { SecretKey } from './environment.js';
import type { Variables } from './variables.js';

export const KEY_BYTES = 32;
/** 32 random bytes have fewer distinct values than this about once in 10^11 keys. */
const FEWEST_DISTINCT_BYTES = 16;
const KEY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

export function isKeyId(text: string): boolean {
  return KEY_ID.test(text);
}

/** `SECRET_KEYS`: `id:base64` of 32 bytes each, comma-separated; the first writes, all read. */
export function readSecretKeys(variables: Variables): readonly SecretKey[] {
  const text = variables.required(
    'SECRET_KEYS',
    '"<id>:<base64>" with 32 random bytes, for example from: openssl rand -base64 32',
  );
  if (text === undefined) return [];
  const keys = text.split(',').map((entry, index) => {
    const say = (fault: string): void => {
      variables.report('SECRET_KEYS', `key ${index + 1} ${fault}`);
    };
    return readKey(entry.trim(), say, variables.production);
  });
  reportDuplicates(variables, keys);
  return keys;
}

/**
 * Reports, in production, every key of the environment whose secrets hold a key of the ring: one key has one
 * purpose.
 */
export function reportSharedKeys(
  variables: Variables,
  keys: readonly SecretKey[],
  secrets: Readonly<Record<string, string | readonly string[]>>,
): void {
  if (!variables.production) return;
  const known = new Set(keys.flatMap(({ bytes }) => ENCODINGS.map((encoding) => bytes.toString(encoding))));
  for (const [key, held] of Object.entries(secrets))
    if ([held].flat().some((secret) => known.has(secret)))
      variables.report(key, 'holds a key of SECRET_KEYS; give each purpose a secret of its own');
}

const ENCODINGS = ['base64', 'base64url', 'hex', 'utf8'] as const;

function readKey(entry: string, say: (fault: string) => void, production: boolean): SecretKey {
  const separator = entry.indexOf(':');
  const id = entry.slice(0, Math.max(separator, 0));
  const encoded = entry.slice(separator + 1);
  const bytes = Buffer.from(encoded, 'base64');
  if (!isKeyId(id))
    say('must be "<id>:<base64>", the id of at most 32 letters, digits, dots, hyphens and underscores');
  else if (bytes.toString('base64') !== encoded) say('must be base64 (RFC 4648, with padding)');
  else if (bytes.length !== KEY_BYTES)
    say(`must be of ${KEY_BYTES} bytes; make one with: openssl rand -base64 32`);
  else if (production && isWeak(bytes)) say('is not random; make one with: openssl rand -base64 32');
  return { id, bytes };
}

/** Keys that no random source makes: few distinct bytes, plain text, a repeated half, an even progression. */
function isWeak(bytes: Buffer): boolean {
  const values = [...bytes];
  const half = bytes.length / 2;
  const step = ((values[1] ?? 0) - (values[0] ?? 0) + 256) % 256;
  return (
    new Set(values).size < FEWEST_DISTINCT_BYTES ||
    values.every((byte) => byte >= 0x20 && byte < 0x7f) ||
    bytes.subarray(0, half).equals(bytes.subarray(half)) ||
    values.every((byte, index) => index === 0 || byte === ((values[index - 1] ?? 0) + step) % 256)
  );
}

function reportDuplicates(variables: Variables, keys: readonly SecretKey[]): void {
  keys.forEach(({ id, bytes }, index) => {
    const earlier = keys.slice(0, index);
    if (id !== '' && earlier.some((key) => key.id === id))
      variables.report('SECRET_KEYS', `key ${index + 1} has the id of an earlier key; give each its own`);
    if (bytes.length > 0 && earlier.some((key) => key.bytes.equals(bytes)))
      variables.report('SECRET_KEYS', `key ${index + 1} repeats an earlier key; make a new one`);
  });
}
