import { LenientDetails } from './lenient-details.js';
import { SampleValue } from './sample-value.js';
import { TemplateError } from './template-error.js';

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A value as text: nothing for null, a list's items joined; an object of the template's own has no text. */
export function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.map(plainText).join('');
  if (value instanceof SampleValue || value instanceof LenientDetails) return value.toString();
  throw new TemplateError('unprintable', 'An object cannot be printed; name one of its properties.');
}

/** Escaped for HTML text and quoted attributes. */
export function htmlText(value: unknown): string {
  return plainText(value).replace(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? '');
}

/** Escaped for any part of a URL (RFC 3986, section 2.1); half a surrogate pair has no encoding. */
export function urlText(value: unknown): string {
  return encodeURIComponent(plainText(value).replace(/\p{Surrogate}/gu, '\uFFFD'));
}
