/** Labels of letters, digits and hyphens, at least two of them, or `localhost` (RFC 1123, section 2.1). */
const DOMAIN =
  /^(?=.{1,253}$)(?:localhost|(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)$/;

/** Whether a text can be the domain of an origin-bound code: lower case, without a port, IDN in A-labels. */
export function isOriginDomain(domain: string): boolean {
  return DOMAIN.test(domain);
}

/**
 * The text with the code bound to an origin by its last line, `@domain #code`, so that a phone offers the code
 * on that site alone (WICG, Origin-bound one-time codes delivered via SMS).
 */
export function originBoundText(text: string, domain: string | null, code: string | undefined): string {
  const body = text.trimEnd();
  return domain === null || code === undefined ? body : `${body}\n@${domain} #${code}`;
}
