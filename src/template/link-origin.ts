/** URL takes more than host names, a wildcard among it. */
const HOSTNAME = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])$/;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The origin that every link of a template leads to, whatever is put into it; null unless it is an https origin
 * (http on the own machine alone), ends before the first tag and hides no user name.
 */
export function linkOrigin(link: string): string | null {
  const fixed = link.split('{', 1)[0] ?? '';
  const match = /^https?:\/\/[^/?#\\@\s]+(?=[/?#])/i.exec(fixed);
  if (!match || !URL.canParse(match[0])) return null;
  const { origin } = new URL(match[0]);
  return isLinkOrigin(origin) ? origin : null;
}

/** Whether a text is an origin (RFC 6454, section 6.2) that links may lead to: https, or http on the own machine. */
export function isLinkOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  return (
    text === origin &&
    HOSTNAME.test(hostname) &&
    (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname)))
  );
}
