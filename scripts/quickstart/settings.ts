import { resolve } from 'node:path';

/** The ports of the quickstart, by the variable that sets each. */
export const PORT_DEFAULTS = {
  PORT: 3000,
  AUTH_PORT: 3001,
  MAIL_WEB_PORT: 1080,
  MAIL_SMTP_PORT: 1025,
} as const;

export type PortName = keyof typeof PORT_DEFAULTS;

export const PORT_USES: Readonly<Record<PortName, string>> = {
  PORT: 'the API',
  AUTH_PORT: 'the authorization server',
  MAIL_WEB_PORT: 'the mailbox page',
  MAIL_SMTP_PORT: 'mail for the mailbox',
};

export interface Settings {
  readonly ports: Readonly<Record<PortName, number>>;
  /** Where API and worker serve metrics; off unless asked for. */
  readonly metricsPorts?: { readonly api: number; readonly worker: number };
  /** Absolute. */
  readonly dataDir: string;
  readonly redisUrl?: string;
}

/** Reads the quickstart's own variables. Throws one `QuickstartError` that names all that are wrong. */
export function readSettings(env: NodeJS.ProcessEnv, projectRoot: string): Settings {
  const names = Object.keys(PORT_DEFAULTS) as PortName[];
  const ports = Object.fromEntries(
    names.map((name) => [name, Number(env[name] || PORT_DEFAULTS[name])]),
  ) as Record<PortName, number>;
  const wrong = names.filter((name) => !isPort(ports[name]));
  const same = names.filter(
    (name, index) => names.findIndex((other) => ports[other] === ports[name]) < index,
  );
  const first = Number(env.METRICS_PORT);
  const metricsPorts = env.METRICS_PORT ? { api: first, worker: first + 1 } : undefined;
  const ofMetrics = Object.values(metricsPorts ?? {});
  const findings = [
    ...wrong.map((name) => `${name} must be a port number from 1 to 65535`),
    ...same.map((name) => `${name} names a port that another variable names too`),
    ...(ofMetrics.every(isPort) ? [] : [METRICS_PORT_FORM]),
    ...(ofMetrics.some((port) => Object.values(ports).includes(port)) ? [METRICS_PORT_TWICE] : []),
  ];
  if (findings.length > 0) throw new QuickstartError(findings.join('\n'));
  return {
    ports,
    ...(metricsPorts ? { metricsPorts } : {}),
    dataDir: resolve(projectRoot, env.DATA_DIR || '.acs'),
    ...(env.REDIS_URL ? { redisUrl: env.REDIS_URL } : {}),
  };
}

const METRICS_PORT_FORM =
  'METRICS_PORT must be a port number from 1 to 65534: the API serves metrics there, the worker on the next port';
const METRICS_PORT_TWICE = 'METRICS_PORT or the port after it is one that another variable names too';

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** What the person at the console can put right; shown without a stack. */
export class QuickstartError extends Error {}
