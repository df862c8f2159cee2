import { domainToASCII } from 'node:url';
import { ProviderError } from '../application/provider.js';

/** The last line of defence before a mail leaves: whatever was stored, nothing of it becomes a command, a header or another recipient. */

/** A dot-atom, Unicode included (RFC 5321, section 4.1.2; RFC 6531, section 3.3). Quoted local parts are refused. */
const LOCAL_PART = /^[^\p{C}\p{Z}()<>[\]:;@\\,".]+(?:\.[^\p{C}\p{Z}()<>[\]:;@\\,".]+)*$/u;
const DOMAIN =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

/** The address with its domain in ASCII (RFC 5890); refuses everything that is not exactly one mailbox. */
export function singleMailbox(address: string): string {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  const domain = domainToASCII(address.slice(at + 1));
  // The domain must be its own mapping: URL parsing would drop or decode characters silently.
  const isDomain = DOMAIN.test(domain) && !/[\p{C}\p{Z}%/?#:@[\]\\]/u.test(address.slice(at + 1));
  if (at < 1 || Buffer.byteLength(local) > 64 || !LOCAL_PART.test(local) || !isDomain) throw refused();
  return `${local}@${domain}`;
}

/** Text for one header line; refuses line breaks and other control characters. */
export function headerText(text: string): string {
  if (CONTROL.test(text)) throw refused();
  return text;
}

function refused(): ProviderError {
  return new ProviderError('PERMANENT', 'unsafe-message');
}
