import { readFileSync } from 'node:fs';
import type { DKIMOptions, SMTPPoolOptions } from 'nodemailer';
import type { ProviderAddress } from '../../environment/environment.js';
import { pathOfFileReference } from '../../environment/file-reference.js';

/** In milliseconds; the whole of a send is bounded by its signal besides. */
const CONNECT_MS = 3_000;
const SILENCE_MS = 8_000;
const DEFAULT_CONNECTIONS = 5;
const MESSAGES_PER_CONNECTION = 1_000;

/** What all mail servers have in common: a pool, and bounded waits. */
const COMMON = {
  pool: true,
  maxMessages: MESSAGES_PER_CONNECTION,
  // A message whose connection ended before any of it was read may take another; everything else is ours to repeat.
  maxRequeues: 2,
  connectionTimeout: CONNECT_MS,
  greetingTimeout: CONNECT_MS,
  dnsTimeout: CONNECT_MS,
  socketTimeout: SILENCE_MS,
} as const;

/** nodemailer's options for `smtp://` and `smtps://`. */
export function smtpPoolOptions({ scheme, url }: ProviderAddress): SMTPPoolOptions & { pool: true } {
  const parameters = url.searchParams;
  const isImplicit = scheme === 'smtps';
  const dkim = dkimOptions(parameters);
  return {
    ...COMMON,
    host: hostOf(url),
    port: url.port === '' ? (isImplicit ? 465 : 587) : Number(url.port),
    secure: isImplicit,
    ...(isImplicit ? {} : tlsOptions(parameters.get('tls') ?? 'required')),
    maxConnections: Number(parameters.get('pool') ?? DEFAULT_CONNECTIONS),
    ...(url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    ...(dkim ? { dkim } : {}),
  };
}

/** nodemailer's options for `mail-gateway://`, which speaks plain SMTP. */
export function mailGatewayPoolOptions({ url }: ProviderAddress): SMTPPoolOptions & { pool: true } {
  return {
    ...COMMON,
    host: hostOf(url),
    port: Number(url.port),
    ignoreTLS: true,
    maxConnections: DEFAULT_CONNECTIONS,
  };
}

/** Without the brackets that an IPv6 address has in a URL. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Opportunistic encrypts without authenticating the server (RFC 7435), and goes on in plain text without STARTTLS. */
function tlsOptions(tls: string): Omit<SMTPPoolOptions, 'pool'> {
  if (tls === 'required') return { requireTLS: true };
  if (tls === 'off') return { ignoreTLS: true };
  return { opportunisticTLS: true, tls: { rejectUnauthorized: false } };
}

function dkimOptions(parameters: URLSearchParams): DKIMOptions | undefined {
  const domainName = parameters.get('dkimDomain');
  const keySelector = parameters.get('dkimSelector');
  const path = pathOfFileReference(parameters.get('dkimKey') ?? '');
  if (domainName === null || keySelector === null || path === undefined) return undefined;
  return { domainName, keySelector, privateKey: readFileSync(path, 'utf8') };
}
