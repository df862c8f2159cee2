import { createHash, createPublicKey, createVerify } from 'node:crypto';

/**
 * Checks a DKIM signature with relaxed canonicalization (RFC 6376, section 3.4): of the headers it names, and of the
 * body by its hash. What mail servers have put before it is left out of account, as it is not signed.
 */
export function verifiesDkim(content: string, publicKey: string): boolean {
  const end = content.indexOf('\r\n\r\n');
  const head = content.slice(0, end);
  const fields = head.split(/\r\n(?![ \t])/);
  const relaxed = (field: string): string => {
    const colon = field.indexOf(':');
    return `${field.slice(0, colon).trim().toLowerCase()}:${field
      .slice(colon + 1)
      .replace(/\r\n/g, '')
      .replace(/[ \t]+/g, ' ')
      .trim()}`;
  };
  const signature = fields.find((field) => field.startsWith('DKIM-Signature:')) ?? '';
  const tags = new Map(
    signature
      .slice('DKIM-Signature:'.length)
      .split(';')
      .map((tag): [string, string] => [
        tag.split('=')[0]!.trim(),
        tag.slice(tag.indexOf('=') + 1).replace(/\s/g, ''),
      ]),
  );
  const signed = tags
    .get('h')!
    .split(':')
    .map((name) =>
      relaxed(fields.find((field) => field.toLowerCase().startsWith(`${name.toLowerCase()}:`))!),
    );
  const bare = relaxed(signature).replace(/b=[^;]*$/, 'b=');
  if (tags.get('bh') !== bodyHash(content.slice(end + 4))) return false;
  return createVerify('RSA-SHA256')
    .update([...signed, bare].join('\r\n'))
    .verify(createPublicKey(publicKey), tags.get('b')!, 'base64');
}

/** SHA-256 of a relaxed body: blanks run together, none at the end of a line, no empty lines at the end. */
function bodyHash(body: string): string {
  const relaxed = body
    .replace(/[ \t]+/g, ' ')
    .replace(/ \r\n/g, '\r\n')
    .replace(/(\r\n)*$/, '');
  return createHash('sha256')
    .update(Buffer.from(relaxed === '' ? '' : `${relaxed}\r\n`, 'latin1'))
    .digest('base64');
}
