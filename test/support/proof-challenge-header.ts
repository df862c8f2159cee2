/** A quoted string of RFC 6750, section 3: what `error`, `error_description` and `scope` may hold. */
const ATTRIBUTE = /^([a-z_]+)="([\x20\x21\x23-\x5b\x5d-\x7e]*)"$/;

/** The attributes of a `WWW-Authenticate: Bearer` challenge; throws where the header is none (RFC 6750, section 3). */
export function bearerAttributes(header: string | null): Record<string, string> {
  if (!header?.startsWith('Bearer ')) throw new Error(`This is no Bearer challenge: ${String(header)}`);
  const parts = header.slice('Bearer '.length).split(/, (?=[a-z_]+=)/);
  const attributes = parts.map((part) => {
    const [, name, value] = ATTRIBUTE.exec(part) ?? [];
    if (name === undefined || value === undefined) throw new Error(`This is no attribute: ${part}`);
    return [name, value] as const;
  });
  if (new Set(attributes.map(([name]) => name)).size < attributes.length)
    throw new Error('An attribute comes twice');
  return Object.fromEntries(attributes);
}
