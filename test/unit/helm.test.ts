import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadApiEnvironment } from '../../src/environment/api-environment.js';
import { loadMigratorEnvironment } from '../../src/environment/migrator-environment.js';
import { loadWorkerEnvironment } from '../../src/environment/worker-environment.js';
import {
  containerOf,
  containersOf,
  DEFAULTS,
  environmentOf,
  everyRendering,
  EVERYTHING,
  FILES,
  manifestsOf,
  SECRETS,
  SMALLEST,
  workloadOf,
} from '../support/chart.js';
import { readPage } from '../support/docs.js';
import { CHART, describeWithHelm, lintChart } from '../support/helm.js';
import { schemaFaults, unknownFields } from '../support/kubernetes-schema.js';
import { type Manifest, ofKind, type Workload, workloadsOf } from '../support/manifests.js';

const MAIN = { api: 'api', worker: 'worker', migration: 'migrate' };
const LOADS = { api: loadApiEnvironment, worker: loadWorkerEnvironment, migration: loadMigratorEnvironment };

type Process = keyof typeof MAIN;

describeWithHelm('The chart', () => {
  it('has nothing that Helm finds fault with, and the version of the service', () => {
    expect(lintChart()).toBe('');
    for (const file of FILES) expect(lintChart(file)).toBe('');
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as Record<string, unknown>;
    const { version } = JSON.parse(readPage('package.json').text) as { version: string };
    expect([chart['version'], chart['appVersion']]).toEqual([version, version]);
  });

  it('makes what the schemas of Kubernetes accept, without a field that these do not have', () => {
    for (const manifests of everyRendering()) expect(manifests.length).toBeGreaterThan(5);
    expect(schemaFaults(everyRendering().flat())).toEqual([]);
    expect(unknownFields(everyRendering().flat())).toEqual([]);
  });

  it('is checked against schemas that refuse what is wrong', () => {
    const [deployment] = ofKind<Workload>(manifestsOf(DEFAULTS), 'Deployment');
    const misspelt = { ...deployment!, spec: { ...deployment!.spec, replica: 2 } } as Manifest;
    expect(schemaFaults([{ ...deployment!, spec: {} } as Manifest])).toHaveLength(1);
    expect(unknownFields([misspelt])).toEqual([expect.stringContaining('\'"replica"\' does not exist')]);
  });

  it('gives everything a name of its own, in the namespace of the release', () => {
    for (const manifests of everyRendering()) {
      const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
      expect(new Set(manifests.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['shop-acs']));
    }
  });

  it('starts each process with an environment that it accepts in production, and no key that it does not read', () => {
    for (const file of [DEFAULTS, ...FILES])
      for (const { name, args } of containersOf(manifestsOf(file))) {
        const read = new Set<string>();
        const env = new Proxy<NodeJS.ProcessEnv>(environmentOf(file, name), {
          get: (target, key: string) => (read.add(key), target[key]),
        });
        expect(() => LOADS[name as Process](env)).not.toThrow();
        expect(env['NODE_ENV']).toBe('production');
        expect(Object.keys(env).filter((key) => !read.has(key))).toEqual([]);
        expect(args).toEqual([`dist/src/main.${MAIN[name as Process]}.js`]);
      }
  });

  it('can set every key that a process reads', () => {
    for (const [name, load] of Object.entries(LOADS)) {
      const read = new Set<string>();
      const nothing = new Proxy({}, { get: (_target, key: string) => (read.add(key), undefined) });
      expect(() => load(nothing)).toThrow();
      expect(Object.keys(environmentOf(EVERYTHING, name)).sort()).toEqual([...read].sort());
    }
  });

  it('hands on what the values say', () => {
    const api = loadApiEnvironment(environmentOf(EVERYTHING, 'api'));
    expect(api).toMatchObject({
      publicUrl: 'https://acs.example',
      issuers: [{ typ: ['JWT', null] }, { scopeClaim: 'permissions', tenants: ['partner-*'] }],
      trustedProxies: ['10.0.0.0/8', '2001:db8::/32'],
      ceilings: { issuance: { perTenant: { max: 1_000_000 } }, sms: { countries: ['NL', 'BE'] } },
      webConcurrency: 2,
    });
    expect(loadWorkerEnvironment(environmentOf(SMALLEST, 'worker'))).not.toHaveProperty('redis');
    const { args, image } = containerOf(EVERYTHING, 'worker');
    expect([args, image]).toEqual([
      ['dist/src/main.worker.js'],
      expect.stringMatching(/^registry\.example:5000\/identity\/acs@sha256:0123/),
    ]);
  });

  it('takes secrets by reference alone', () => {
    expect(ofKind(everyRendering().flat(), 'Secret')).toEqual([]);
    for (const { env } of containersOf(everyRendering().flat()))
      for (const { name, value, valueFrom } of env) {
        const isPublic = name === 'AUTH_ISSUERS' && value?.startsWith('[{"audience"');
        if (name in SECRETS && !isPublic) expect([name, valueFrom]).toEqual([name, expect.anything()]);
        if (valueFrom) expect([name, value]).toEqual([name, undefined]);
      }
    expect(JSON.stringify(everyRendering().flat())).not.toMatch(/:\/\/[^/"\s]*@/);
  });

  it('probes where the process answers, for as long as readiness may take', () => {
    for (const file of [DEFAULTS, ...FILES]) {
      const { port, host, metrics } = loadApiEnvironment(environmentOf(file, 'api'));
      const worker = loadWorkerEnvironment(environmentOf(file, 'worker'));
      const portOf = {
        'api http': port,
        'api metrics': metrics!.port,
        'worker metrics': worker.metrics!.port,
      };
      expect([host, metrics!.host, worker.metrics!.host]).toEqual(
        Array(3).fill(file === EVERYTHING ? '::' : '0.0.0.0'),
      );
      const told: Record<string, number> = {};
      for (const name of ['api', 'worker']) {
        const { ports, ...probes } = containerOf(file, name);
        for (const { name: portName, containerPort } of ports!) told[`${name} ${portName}`] = containerPort;
        const probed = name === 'api' ? 'http' : 'metrics';
        expect(probes).toMatchObject({
          startupProbe: { httpGet: { path: '/health/live', port: probed } },
          livenessProbe: { httpGet: { path: '/health/live', port: probed } },
          readinessProbe: { httpGet: { path: '/health/ready', port: probed } },
        });
        expect(probes.readinessProbe!.timeoutSeconds).toBeGreaterThanOrEqual(3);
      }
      expect(told).toEqual(portOf);
    }
  });

  it('lets a process end by itself', () => {
    const { text } = readPage('src/observability/end-on-signal.ts');
    const endsWithin = Number(/EXIT_AFTER_MS = ([\d_]+)/.exec(text)![1]!.replaceAll('_', '')) / 1_000;
    for (const { spec } of workloadsOf(everyRendering().flat()))
      expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(endsWithin + 1);
  });

  it('mounts what it is given, to be read', () => {
    const { volumes, containers } = workloadOf(EVERYTHING, 'worker').spec.template.spec;
    expect(volumes).toEqual([
      { name: 'mount-0', secret: { secretName: 'acs-dkim', defaultMode: 0o440 } },
      { name: 'mount-1', configMap: { name: 'acs-ca', defaultMode: 0o440 } },
    ]);
    expect(containers[0]!.volumeMounts).toEqual([
      { name: 'mount-0', mountPath: '/etc/acs/dkim', readOnly: true },
      { name: 'mount-1', mountPath: '/etc/acs/ca', readOnly: true },
    ]);
  });
});
