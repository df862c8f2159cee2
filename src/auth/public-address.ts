import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** True for addresses of the public internet alone: not private, loopback, link-local, reserved or mapped to one. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** True when a URL's hostname is an IP literal that is not public; names are judged when they are looked up. */
export function isPrivateLiteral(hostname: string): boolean {
  const literal = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(literal) !== 0 && !isPublicAddress(literal);
}

/**
 * A DNS look-up that fails when any address is not public. It runs at connect time, so that a name cannot
 * change its address between the check and the connection.
 */
export const lookupPublicOnly: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[] | undefined) => {
    const [first] = found ?? [];
    if (error || !found || !first) callback(error ?? failure('ENOTFOUND', 'The host has no address'), '', 0);
    else if (!found.every(({ address }) => isPublicAddress(address)))
      callback(failure('EACCES', 'The host has a private address'), '', 0);
    else if (options.all) callback(null, found);
    else callback(null, first.address, first.family);
  });
};

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
