import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { blocksOf, readPage, rowsOf } from '../support/docs.js';
import { CHART, describeWithHelm, renderChart } from '../support/helm.js';

type Schema = { readonly [keyword: string]: unknown };

const readJson = (name: string): Schema => JSON.parse(readFileSync(join(CHART, name), 'utf8')) as Schema;
const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Record<string, unknown>;

/** What is documented as one: references to Secrets, resources, rules of the network. */
const WHOLE = [/^secrets\.\w+$/, /\.resources$/, /\.disruptionBudget$/, /^networkPolicy\.egress\.\w+$/];

/** The paths of everything that can be set. */
function pathsOf(value: unknown, path = ''): string[] {
  const members =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (members.length === 0 || WHOLE.some((whole) => whole.test(path))) return [path];
  return members.flatMap(([name, member]) => pathsOf(member, path === '' ? name : `${path}.${name}`));
}

/** Every schema in a schema, with its place. */
function schemasIn(schema: unknown, place = '#'): [string, Schema][] {
  if (Array.isArray(schema)) return schema.flatMap((one, index) => schemasIn(one, `${place}/${index}`));
  if (typeof schema !== 'object' || schema === null) return [];
  const inner = Object.entries(schema).flatMap(([key, one]) => schemasIn(one, `${place}/${key}`));
  return [[place, schema as Schema], ...inner];
}

describe('values.schema.json', () => {
  /** Handed on as they are: to the service, which checks them, and to Kubernetes. */
  const OPEN = ['global', 'ceilings', 'nodeAffinity', 'podAffinity', 'podAntiAffinity'];

  it('says of every object which members it may have', () => {
    const open = schemasIn(readJson('values.schema.json'))
      .filter(([, { type, additionalProperties }]) => type === 'object' && additionalProperties === undefined)
      .map(([place]) => place.split('/').at(-1));
    expect(open).toEqual(OPEN);
  });

  it('knows every value that values.yaml has, and no others', () => {
    const { properties } = readJson('values.schema.json') as { properties: object };
    expect(Object.keys(properties).filter((name) => name !== 'global')).toEqual(Object.keys(values));
  });
});

describeWithHelm('The values of the chart', () => {
  it.each([
    'image.tags=1',
    'image.pullPolicy=Sometimes',
    'image.digest=sha256:1',
    'secrets.apiDatabaseUrl.value=postgres://a:b@c/d',
    'secrets.apiDatabaseUrl.name=postgres://a:b@c/d',
    'secrets.apiDatabaseUrl.name=',
    'secrets.secretKeys.key=',
    'secrets.password.name=x',
    'publicUrl=http://acs.example',
    'publicUrl=https://user@acs.example',
    'issuers[0].issuer=https://login.example',
    'trustedProxies=10.0.0.0/8',
    'trustedProxies[0]=everybody',
    'logLevel=verbose',
    'tracesEndpoint=collector:4318',
    'listenAddress=127.0.0.1',
    'api.replicas=0',
    'api.replicas=two',
    'api.databasePoolSize=501',
    'api.resources.limits.memory=plenty',
    'api.autoscaling.cpuUtilization=0',
    'api.autoscaling.queueAge.targetSeconds=5',
    'api.disruptionBudget.maxUnavailable=0',
    'api.concurrency=3',
    'api.mounts[0].path=/etc/acs',
    'api.mounts[0].path=etc,api.mounts[0].secret=x',
    'worker.webConcurrency=2',
    'worker.autoscaling.queueAge.targetSeconds=0',
    'worker.env.DATABASE_URL=x',
    'migration.activeDeadlineSeconds=1',
    'service.type=ExternalName',
    'service.port=0',
    'ingress.enabled=true',
    'serviceMonitor.interval=often',
    'networkPolicy.egress.dns.ports=null',
    'networkPolicy.apiFrom[0].namespace=x',
    'runAsUser=0',
    'topologySpread.zones=Always',
    'extraEnv=x',
  ])('are refused when they are %s', (value) => {
    expect(renderChart([], value).refusal).toContain("values don't meet the specifications of the schema");
  });

  it('are refused when there may be fewer pods than there must be', () => {
    expect(renderChart([], 'api.autoscaling.maxReplicas=1').refusal).toContain(
      'maxReplicas is below minReplicas',
    );
  });

  it('may come with global ones, of the chart that this one is part of', () => {
    expect(renderChart([], 'global.region=eu').refusal).toBe('');
  });

  it('are what the README shows', () => {
    const shown = blocksOf(readPage('docker/helm/acs/README.md'), 'yaml').filter(
      (block) => !/^rules:/.test(block),
    );
    expect(shown.length).toBeGreaterThan(1);
    const folder = mkdtempSync(join(tmpdir(), 'acs-values-'));
    for (const [index, block] of shown.entries()) {
      const file = join(folder, `${index}.yaml`);
      writeFileSync(file, block);
      expect(renderChart([file])).toMatchObject({ refusal: '' });
    }
    rmSync(folder, { recursive: true });
  });

  it('never end in a number that reads otherwise', () => {
    const { manifests } = renderChart(
      [],
      'ceilings.issuance.perTenant.max=1000000',
      'api.databasePoolSize=500',
    );
    expect(JSON.stringify(manifests)).not.toMatch(/\de\+\d/);
  });
});

describe("The chart's README", () => {
  it('has every value with its default, and no others', () => {
    const page = readPage('docker/helm/acs/README.md');
    const rows = rowsOf(page.text.slice(page.text.indexOf('## Values')));
    const told = rows.flatMap(([names]) => [...names!.matchAll(/`([\w.]+)`/g)].map(([, name]) => name!));
    expect(told.sort()).toEqual(pathsOf(values).sort());
    for (const [names, fallback] of rows) {
      const [, path] = /`([\w.]+)`/.exec(names!)!;
      const actual = path!
        .split('.')
        .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], values);
      const [, shown] = /^`(.*)`$/.exec(fallback!) ?? [];
      if (shown !== undefined) expect([path, parse(shown)]).toEqual([path, actual]);
      else expect([path, actual === '' || JSON.stringify(actual).length > 40]).toEqual([path, true]);
    }
  });
});
