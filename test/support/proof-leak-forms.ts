import { createHash } from 'node:crypto';

const HASHES = ['md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha3-256'];
/** What is shorter is found by chance. */
const SHORTEST = 8;

/**
 * Every form in which a value could lie about, as bytes in a string: as it is, spaced, escaped, encoded, in UTF-16,
 * and as hashes without a key, raw and encoded. In lower case: search for them in what is so too.
 */
export function formsOf(value: string): string[] {
  const variants = [...new Set([value, value.toLowerCase(), value.toUpperCase()])];
  const wide = [Buffer.from(value, 'utf16le'), Buffer.from(value, 'utf16le').swap16()];
  const hashes = variants.flatMap((variant) =>
    HASHES.map((name) => createHash(name).update(variant).digest()),
  );
  const forms = [
    ...spellingsOf(value),
    ...variants.flatMap((variant) => encodingsOf(Buffer.from(variant))),
    ...wide.flatMap((bytes) => [latin(bytes), ...encodingsOf(bytes)]),
    ...hashes.flatMap((digest) => [latin(digest), ...wholeEncodingsOf(digest)]),
  ];
  return [...new Set(forms.map((form) => form.toLowerCase()))].filter((form) => form.length >= SHORTEST);
}

/** A text as the bytes that it is written as, in lower case. */
export function searchable(text: string | Buffer): string {
  return latin(Buffer.from(text as string)).toLowerCase();
}

function spellingsOf(value: string): string[] {
  const bytes = [...Buffer.from(value)];
  const each = (form: (byte: number) => string): string => bytes.map(form).join('');
  const middle = Math.ceil(value.length / 2);
  return [
    latin(Buffer.from(value)),
    latin(Buffer.from(value.normalize('NFD'))),
    ...[' ', '-', '.', ', '].map((between) => [...value].join(between)),
    ...[' ', '-'].map((between) => value.slice(0, middle) + between + value.slice(middle)),
    value.replace(/(.{3})(?=.)/g, '$1 '),
    value.replace(/(.{4})(?=.)/g, '$1 '),
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    encodeURI(value),
    each((byte) => `%${hexOf(byte)}`),
    each((byte) => `\\u00${hexOf(byte)}`),
    each((byte) => `\\x${hexOf(byte)}`),
    each((byte) => `&#${byte};`),
    each((byte) => `&#x${hexOf(byte)};`),
    each((byte) => `=${hexOf(byte)}`),
  ];
}

/** Encodings that are found within a longer text that was encoded whole. */
function encodingsOf(bytes: Buffer): string[] {
  const base64 = [0, 1, 2].map((offset) => withinBase64(bytes, offset));
  return [...base64, ...base64.map(urlSafe), ...hexesOf(bytes)];
}

function wholeEncodingsOf(bytes: Buffer): string[] {
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  return [base64, urlSafe(base64), ...hexesOf(bytes)];
}

function hexesOf(bytes: Buffer): string[] {
  const hex = bytes.toString('hex');
  return [hex, hex.replace(/(..)(?=.)/g, '$1 '), hex.replace(/(..)(?=.)/g, '$1:')];
}

/** The characters that a value has for certain in the base64 of a text, so many bytes after a multiple of three. */
function withinBase64(bytes: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const whole = Math.floor(((offset + bytes.length) * 8) / 6);
  return encoded.slice(Math.ceil((offset * 8) / 6), whole);
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function latin(bytes: Buffer): string {
  return bytes.toString('latin1');
}
