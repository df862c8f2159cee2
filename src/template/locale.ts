/** The longest tag that RFC 5646, section 4.4.1 asks implementations to take. */
const MAX_TAG_LENGTH = 35;

/** Whether a text is a well-formed BCP 47 language tag. */
export function isLocaleTag(tag: string): boolean {
  if (tag.length > MAX_TAG_LENGTH) return false;
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/**
 * The best of the available tags for a wanted one by lookup (RFC 4647, section 3.4): `nl-BE`, then `nl`, then
 * the fall-back. Letter case does not matter; null takes the fall-back.
 */
export function resolveLocale(available: readonly string[], fallback: string, wanted: string | null): string {
  const subtags = (wanted ?? '').toLowerCase().split('-');
  while (subtags.length > 0) {
    const range = subtags.join('-');
    const found = available.find((tag) => tag.toLowerCase() === range);
    if (found !== undefined) return found;
    subtags.pop();
    // A single letter announces what follows it and means nothing alone.
    while (subtags.at(-1)?.length === 1) subtags.pop();
  }
  return fallback;
}
