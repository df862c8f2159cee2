import { AUDIENCE, DEVELOPMENT_CLIENTS, INTROSPECTION_CLIENT } from './development-clients.js';
import type { Secrets } from './secrets.js';
import type { Settings } from './settings.js';

/** What a person may set for API and worker; everything else of their environment the quickstart decides. */
const HANDED_ON = [
  'LOG_LEVEL',
  'CEILINGS',
  'WEB_CONCURRENCY',
  'WORKER_CONCURRENCY',
  'DATABASE_POOL_SIZE',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'EMAIL_PROVIDERS',
  'SMS_PROVIDERS',
];
const OF_THE_SYSTEM = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'SystemRoot'];

/** What every child gets: what a process needs of the system, nothing of ours. */
export function systemEnvironment(): NodeJS.ProcessEnv {
  return chosen(OF_THE_SYSTEM);
}

export function apiEnvironment(settings: Settings, secrets: Secrets, databaseUrl: string): NodeJS.ProcessEnv {
  return {
    ...serviceEnvironment(secrets, databaseUrl),
    ...metricsAt(settings.metricsPorts?.api),
    HOST: '127.0.0.1',
    PORT: String(settings.ports.PORT),
    PUBLIC_URL: `http://localhost:${settings.ports.PORT}`,
    AUTH_ISSUERS: JSON.stringify([
      issuer(`http://localhost:${settings.ports.AUTH_PORT}`, secrets.introspectionSecret),
    ]),
  };
}

export function workerEnvironment(
  settings: Settings,
  secrets: Secrets,
  databaseUrl: string,
  redisUrl: string | undefined,
): NodeJS.ProcessEnv {
  const mailbox = `localhost:${settings.ports.MAIL_SMTP_PORT}`;
  return {
    EMAIL_PROVIDERS: `smtp://${mailbox}?tls=off`,
    SMS_PROVIDERS: `mail-gateway://${mailbox}?domain=sms.localhost&from=sms@acs.localhost`,
    ...serviceEnvironment(secrets, databaseUrl),
    ...metricsAt(settings.metricsPorts?.worker),
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
  };
}

/** The entry of `AUTH_ISSUERS` for the development authorization server. */
export function issuer(url: string, introspectionSecret: string): Record<string, unknown> {
  return {
    issuer: url,
    audience: AUDIENCE,
    algorithms: ['ES256'],
    tenantClaim: 'tenant_id',
    tenants: DEVELOPMENT_CLIENTS.map(({ tenant }) => tenant),
    introspection: {
      endpoint: `${url}/token/introspection`,
      clientId: INTROSPECTION_CLIENT,
      clientSecret: introspectionSecret,
    },
  };
}

function serviceEnvironment(secrets: Secrets, databaseUrl: string): NodeJS.ProcessEnv {
  return {
    ...systemEnvironment(),
    ...chosen(HANDED_ON),
    NODE_ENV: 'development',
    DATABASE_URL: databaseUrl,
    SECRET_KEYS: secrets.secretKeys,
  };
}

function metricsAt(port: number | undefined): NodeJS.ProcessEnv {
  return port === undefined ? {} : { METRICS_PORT: String(port) };
}

function chosen(keys: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(keys.filter((key) => process.env[key]).map((key) => [key, process.env[key]]));
}
