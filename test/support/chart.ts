import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHART, renderChart } from './helm.js';
import { type Container, type Manifest, type Workload, workloadsOf } from './manifests.js';

/** Files of values that come with the chart for its tests. */
export const FILES: readonly string[] = readdirSync(join(CHART, 'ci')).map((name) => `ci/${name}`);
export const DEFAULTS = '';
export const EVERYTHING = 'ci/everything-values.yaml';
export const SMALLEST = 'ci/smallest-values.yaml';

/** What the Secrets of a real installation would hold, by the key of the environment. */
export const SECRETS: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://acs_1:pass@db.example:5432/acs?sslmode=verify-full',
  MIGRATION_DATABASE_URL: 'postgres://acs_owner:pass@db.example:5432/acs?sslmode=verify-full',
  SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  AUTH_ISSUERS:
    '[{"issuer":"https://login.example","audience":"urn:acs:api","tenantClaim":"tenant_id","tenants":["acme"]}]',
  REDIS_URL: 'rediss://:pass@redis.example:6379',
  EMAIL_PROVIDERS: 'smtps://user:pass@mail.example:465',
  SMS_PROVIDERS: 'twilio://AC1:token@api.twilio.com?from=%2B15550100',
};

const rendered = new Map<string, readonly Manifest[]>();

/** What the chart makes of a file of values, or of its defaults. */
export function manifestsOf(file: string): readonly Manifest[] {
  const manifests = rendered.get(file) ?? renderChart(file === DEFAULTS ? [] : [file]).manifests;
  rendered.set(file, manifests);
  return manifests;
}

/** What it makes of its defaults, and of each file of values. */
export function everyRendering(): (readonly Manifest[])[] {
  return [DEFAULTS, ...FILES].map(manifestsOf);
}

export function containersOf(manifests: readonly Manifest[]): Container[] {
  return workloadsOf(manifests).flatMap(({ spec }) => spec.template.spec.containers);
}

/** The Deployment or Job that runs a process: `api`, `worker` or `migration`. */
export function workloadOf(file: string, process: string): Workload {
  return workloadsOf(manifestsOf(file)).find(
    ({ spec }) => spec.template.spec.containers[0]!.name === process,
  )!;
}

export function containerOf(file: string, process: string): Container {
  return workloadOf(file, process).spec.template.spec.containers[0]!;
}

/** The environment that a process would start with, its Secrets looked up. */
export function environmentOf(file: string, process: string): Record<string, string> {
  return Object.fromEntries(
    containerOf(file, process).env.map(({ name, value }) => [name, value ?? SECRETS[name]!]),
  );
}
