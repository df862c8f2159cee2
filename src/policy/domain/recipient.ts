import { domainToASCII } from 'node:url';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Where a message goes: normalised, so that one person is one recipient however the address was typed. */
export type Recipient =
  | { readonly channel: 'EMAIL'; readonly address: string; readonly domain: string }
  | {
      readonly channel: 'SMS';
      readonly address: string;
      readonly country: string | null;
      readonly canReceive: boolean;
    };

const MAX_ADDRESS_OCTETS = 254;
const MAX_LOCAL_OCTETS = 64;
/** The atom of RFC 5322, section 3.2.3, with the non-ASCII characters of RFC 6531, section 3.3. */
const ATOM = String.raw`[^\p{C}\p{Z}"(),.:;<>@\[\\\]]+`;
const LOCAL_PART = new RegExp(String.raw`^${ATOM}(?:\.${ATOM})*$`, 'u');
const UNICODE_DOMAIN = /^[\p{L}\p{N}\p{M}.-]+$/u;
const ASCII_DOMAIN =
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const RECEIVING_TYPES: readonly unknown[] = ['MOBILE', 'FIXED_LINE_OR_MOBILE'];

/**
 * An e-mail address within the lengths of RFC 5321, section 4.5.3.1, an internationalised domain in its ASCII
 * form (RFC 5890); undefined for anything else, quoted local parts and address literals included.
 */
export function emailRecipient(text: string): Recipient | undefined {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at).normalize('NFC');
  const typedDomain = text.slice(at + 1);
  if (at < 1 || !LOCAL_PART.test(local) || !UNICODE_DOMAIN.test(typedDomain)) return undefined;
  const domain = domainToASCII(typedDomain);
  const address = `${local}@${domain}`;
  const fits =
    Buffer.byteLength(local) <= MAX_LOCAL_OCTETS && Buffer.byteLength(address) <= MAX_ADDRESS_OCTETS;
  return fits && ASCII_DOMAIN.test(domain) ? { channel: 'EMAIL', address, domain } : undefined;
}

/** An E.164 number that is valid in its region; `canReceive` tells whether numbers of its type take messages. */
export function phoneRecipient(text: string): Recipient | undefined {
  if (!/^\+[1-9]\d{1,14}$/.test(text)) return undefined;
  const number = parsePhoneNumberFromString(text);
  if (!number?.isValid()) return undefined;
  return {
    channel: 'SMS',
    address: number.number,
    country: number.country ?? null,
    canReceive: RECEIVING_TYPES.includes(number.getType()),
  };
}

/** What limits and look-ups know a recipient by: letter case does not make another mailbox. */
export function recipientIdentity(recipient: Recipient): string {
  return recipient.channel === 'EMAIL' ? recipient.address.toLowerCase() : recipient.address;
}

/**
 * The recipient as shown: enough for its owner to recognise, the same number of dots whatever the length.
 * Parts shorter than three characters are hidden whole.
 */
export function maskRecipient(recipient: Recipient): string {
  if (recipient.channel === 'SMS') {
    const { address } = recipient;
    const countryCode = /^\+(?:1|7|\d{2})/.exec(address)?.[0] ?? '+';
    return `${countryCode}••••••${address.slice(-2)}`;
  }
  const local = recipient.address.slice(0, recipient.address.lastIndexOf('@'));
  const labels = recipient.domain.split('.');
  return `${initial(local)}••@${initial(labels[0] ?? '')}••••••.${labels.at(-1) ?? ''}`;
}

function initial(text: string): string {
  const characters = [...text];
  return characters.length < 3 ? '' : (characters[0] ?? '');
}
