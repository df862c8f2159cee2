import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { countHeaders, type TokenRequest } from './presented-token.js';

/** A request, and who is at the other end of its connection. */
export interface ProxiedRequest extends TokenRequest {
  readonly raw: TokenRequest['raw'] & { readonly socket: { readonly remoteAddress?: string | undefined } };
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** RFC 9440, section 2.1: the DER of the certificate as a byte sequence of RFC 8941. */
const BYTE_SEQUENCE = /^:([A-Za-z0-9+/]+={0,2}):$/;

/**
 * The client certificates of connections that end at a proxy, which tells them as `Client-Cert` (RFC 9440). The
 * header is believed of the proxies of `TRUSTED_PROXIES`, by the address of the connection itself, and of nobody else.
 */
export class ClientCertificates {
  private readonly proxies: readonly Range[];

  constructor(trustedProxies: readonly string[]) {
    this.proxies = trustedProxies.map(rangeOf);
  }

  /** SHA-256 of the certificate; undefined when no trusted proxy told of exactly one. */
  thumbprint(request: ProxiedRequest): Buffer | undefined {
    if (!this.isTrusted(request.raw.socket.remoteAddress) || countHeaders(request, 'client-cert') !== 1)
      return undefined;
    const [, der] = BYTE_SEQUENCE.exec(String(request.headers['client-cert'])) ?? [];
    return der === undefined ? undefined : createHash('sha256').update(der, 'base64').digest();
  }

  private isTrusted(address: string | undefined): boolean {
    if (address === undefined || !ipaddr.isValid(address)) return false;
    const peer = ipaddr.process(address);
    return this.proxies.some(
      ([network, bits]) => network.kind() === peer.kind() && peer.match(network, bits),
    );
  }
}

function rangeOf(text: string): Range {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.toByteArray().length * 8];
}
