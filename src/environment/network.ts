import ipaddr from 'ipaddr.js';
import type { MetricsAddress } from './environment.js';
import { PGBOUNCER_VALUES } from './pgbouncer.js';
import { faultOfBaseUrl, faultOfHttpUrl, isHost, parseHostAndPort, percentDecoded } from './urls.js';
import type { Variables } from './variables.js';

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/** `HOST`: the address to listen on. */
export function readHost(variables: Variables): string {
  const host = variables.text('HOST') ?? '127.0.0.1';
  if (!isHost(host)) variables.report('HOST', 'must be a host name or an IP address');
  return host;
}

/** `PUBLIC_URL`, without a trailing slash. */
export function readPublicUrl(variables: Variables): string | undefined {
  const url = variables.text('PUBLIC_URL');
  const fault = url === undefined ? undefined : faultOfBaseUrl(url, variables.production);
  if (fault) variables.report('PUBLIC_URL', fault);
  return url?.replace(/\/+$/, '');
}

/** `OTEL_EXPORTER_OTLP_ENDPOINT`. Plain http is common here, to a collector on the same node. */
export function readOtlpEndpoint(variables: Variables): string | undefined {
  const url = variables.text('OTEL_EXPORTER_OTLP_ENDPOINT');
  const fault = url === undefined ? undefined : faultOfHttpUrl(url, false);
  if (fault) variables.report('OTEL_EXPORTER_OTLP_ENDPOINT', fault);
  return url;
}

/** A PostgreSQL URL as libpq and node-postgres take it. */
export function readDatabaseUrl(variables: Variables, key: string): string {
  const text = variables.required(key, 'postgres://user:password@host:5432/database');
  if (text === undefined) return '';
  const url = parsePostgresUrl(text);
  if (!url) variables.report(key, 'must be a URL that starts with postgres:// or postgresql://');
  const sslmode = url?.searchParams.get('sslmode') ?? 'prefer';
  if (!SSL_MODES.includes(sslmode))
    variables.report(key, `must have one of ${SSL_MODES.join(', ')} as sslmode`);
  const pgbouncer = url?.searchParams.get('pgbouncer') ?? undefined;
  if (pgbouncer !== undefined) checkPgBouncer(variables, key, pgbouncer);
  return text;
}

function checkPgBouncer(variables: Variables, key: string, value: string): void {
  // The owner's changes hold locks of a session.
  if (key === 'MIGRATION_DATABASE_URL')
    variables.report(key, 'must lead to PostgreSQL itself, without pgbouncer');
  else if (!PGBOUNCER_VALUES.some((known) => known === value))
    variables.report(key, `must have one of ${PGBOUNCER_VALUES.join(', ')} as pgbouncer`);
}

/** The password of a PostgreSQL URL, with its percent-encoding taken off. */
export function passwordOf(databaseUrl: string): string {
  return percentDecoded(parsePostgresUrl(databaseUrl)?.password ?? '') ?? '';
}

/** `METRICS_PORT`: a port on loopback, or `host:port`. */
export function readMetricsAddress(variables: Variables): MetricsAddress | undefined {
  const text = variables.text('METRICS_PORT');
  if (text === undefined) return undefined;
  const address = parseHostAndPort(/^\d+$/.test(text) ? `127.0.0.1:${text}` : text);
  if (!address) variables.report('METRICS_PORT', 'must be a port (served on loopback) or host:port');
  return address;
}

/** `TRUSTED_PROXIES`: addresses and CIDR ranges, comma-separated. */
export function readTrustedProxies(variables: Variables): readonly string[] {
  const proxies = (variables.text('TRUSTED_PROXIES') ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  if (!proxies.every((entry) => ipaddr.isValidCIDR(entry) || isFullAddress(entry)))
    variables.report('TRUSTED_PROXIES', 'must be a comma-separated list of IP addresses and CIDR ranges');
  return proxies;
}

/** `CEILINGS`: a JSON object; what it may hold is the configuration's to say. */
export function readCeilings(variables: Variables): Readonly<Record<string, unknown>> {
  const text = variables.text('CEILINGS');
  const json = text === undefined ? {} : variables.json('CEILINGS', text);
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  if (json !== undefined) variables.report('CEILINGS', 'must be a JSON object');
  return {};
}

function isFullAddress(text: string): boolean {
  return ipaddr.IPv6.isValid(text) || ipaddr.IPv4.isValidFourPartDecimal(text);
}

/** libpq allows credentials before an empty host (a Unix socket given as `?host=`), which the URL standard does not. */
function parsePostgresUrl(text: string): URL | undefined {
  const candidate = text.replace('@/', '@localhost/');
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(candidate) ? new URL(candidate) : undefined;
}
