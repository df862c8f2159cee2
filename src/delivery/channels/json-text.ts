/** A member of a JSON object, when the text is one and the member is text or a number; anything else is undefined. */
export function textMember(json: string, name: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  const member: unknown = (value as Record<string, unknown>)[name];
  if (typeof member === 'number') return String(member);
  return typeof member === 'string' && /^[\w.:@-]{1,128}$/.test(member) ? member : undefined;
}
