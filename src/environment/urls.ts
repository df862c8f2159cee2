import { isIP } from 'node:net';
import type { JsonMembers } from './json-members.js';

/** What keeps a text from being an http(s) URL to use; undefined when nothing does. Production asks for https. */
export function faultOfHttpUrl(text: string, production: boolean): string | undefined {
  if (/\s/.test(text) || !URL.canParse(text)) return 'must be an absolute URL';
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must be an https URL';
  if (production && protocol === 'http:') return 'must be an https URL in production';
  if (username || password) return 'must hold no credentials';
  if (hash) return 'must have no fragment';
  return undefined;
}

/** As `faultOfHttpUrl`, for a URL that paths are appended to. */
export function faultOfBaseUrl(text: string, production: boolean): string | undefined {
  return faultOfHttpUrl(text, production) ?? (new URL(text).search ? 'must have no query string' : undefined);
}

/** An optional member that holds an http(s) URL; reports what is wrong with it. */
export function readUrl(members: JsonMembers, name: string, production: boolean): string | undefined {
  const url = members.optionalText(name);
  const fault = url ? faultOfHttpUrl(url, production) : undefined;
  if (fault) members.report(`"${name}" ${fault}`);
  return url;
}

/** Names this machine itself, so that nothing crosses a network. Takes a URL's hostname, brackets and all. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** A host name (RFC 1123) or an IP address, without brackets. */
export function isHost(text: string): boolean {
  return (
    isIP(text) !== 0 ||
    /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?$/i.test(text)
  );
}

/** `host:port` or `[v6]:port`; undefined when it is neither. Port 0 asks for a free one. */
export function parseHostAndPort(
  text: string,
  defaultPort?: number,
): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (host === undefined || port === undefined || port > 65_535 || !isHost(host)) return undefined;
  return { host, port };
}

/** The text without its percent-encoding; undefined when that is malformed. */
export function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
