import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { DEFAULTS, everyRendering, EVERYTHING, manifestsOf, SMALLEST, workloadOf } from '../support/chart.js';
import { readPage } from '../support/docs.js';
import { describeWithHelm } from '../support/helm.js';
import { ROOT } from '../support/image.js';
import {
  type Labels,
  type Manifest,
  type NetworkPolicy,
  ofKind,
  selects,
  type Workload,
  workloadsOf,
} from '../support/manifests.js';

type Selector = Labels | { readonly matchLabels: Labels } | undefined;

function matchLabelsOf(selector: Selector): Labels | undefined {
  return selector && 'matchLabels' in selector
    ? (selector as { readonly matchLabels: Labels }).matchLabels
    : selector;
}

interface Autoscaler extends Manifest {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly metrics: readonly {
      readonly external?: { readonly metric: { readonly name: string }; readonly target: unknown };
    }[];
  };
}

interface Monitor extends Manifest {
  readonly spec: {
    readonly selector: {
      readonly matchLabels: Labels;
      readonly matchExpressions: readonly { readonly key: string; readonly values: readonly string[] }[];
    };
    readonly endpoints: readonly { readonly port: string }[];
  };
}

interface Service extends Manifest {
  readonly spec: { readonly ports: readonly { readonly name: string }[] };
}

describeWithHelm('In a cluster, the chart', () => {
  it('runs pods as the restricted standard of pod security asks, without a token of the cluster', () => {
    for (const { spec, metadata } of workloadsOf(everyRendering().flat())) {
      const pod = spec.template.spec;
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(pod.automountServiceAccountToken).toBe(false);
      for (const { securityContext } of pod.containers)
        expect([metadata.name, securityContext]).toEqual([
          metadata.name,
          { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        ]);
    }
    const user = /^USER (\d+):(\d+)$/m.exec(readPage('docker/Dockerfile').text)!.slice(1).map(Number);
    const { runAsUser, runAsGroup } = workloadOf(DEFAULTS, 'api').spec.template.spec.securityContext as {
      runAsUser: number;
      runAsGroup: number;
    };
    expect([runAsUser, runAsGroup]).toEqual(user);
    expect(workloadOf(SMALLEST, 'api').spec.template.spec.securityContext).not.toHaveProperty('runAsUser');
  });

  it('has a service account for each process, which nothing else needs', () => {
    for (const manifests of everyRendering()) {
      const accounts = ofKind(manifests, 'ServiceAccount').map(({ metadata }) => metadata.name);
      const used = workloadsOf(manifests).map(({ spec }) => spec.template.spec.serviceAccountName);
      expect(accounts.sort()).toEqual(used.sort());
    }
  });

  it('selects by labels the pods that it means, and no others', () => {
    for (const manifests of everyRendering()) {
      const pods = new Map(
        workloadsOf(manifests).map(({ spec }) => [
          spec.template.spec.containers[0]!.name,
          spec.template.metadata.labels,
        ]),
      );
      const selected = (selector: Labels): string[] =>
        [...pods].filter(([, labels]) => selects(selector, labels)).map(([name]) => name);
      const told = manifests.flatMap((manifest): [string, string, string[]][] => {
        const { selector, podSelector } =
          (manifest as unknown as { spec?: Record<string, Selector> }).spec ?? {};
        const labels = matchLabelsOf(manifest.kind === 'NetworkPolicy' ? podSelector : selector);
        const isOfPods = !['ServiceMonitor'].includes(manifest.kind) && labels !== undefined;
        return isOfPods ? [[manifest.kind, manifest.metadata.name, selected(labels)]] : [];
      });
      expect(told.length).toBeGreaterThan(4);
      for (const [kind, name, taken] of told)
        expect([kind, name, taken]).toEqual([
          kind,
          name,
          name.endsWith('-default-deny') ? [...pods.keys()] : [/-(api|worker|migration)\b/.exec(name)![1]],
        ]);
      for (const { spec } of ofKind<Workload>(manifests, 'Deployment'))
        for (const { labelSelector } of spec.template.spec.topologySpreadConstraints!)
          expect(labelSelector.matchLabels).toEqual(spec.selector!.matchLabels);
    }
  });

  it('has Prometheus scrape the metrics of both processes', () => {
    const [monitor] = ofKind<Monitor>(manifestsOf(EVERYTHING), 'ServiceMonitor');
    const { matchLabels, matchExpressions } = monitor!.spec.selector;
    const services = ofKind<Service>(manifestsOf(EVERYTHING), 'Service').filter(
      ({ metadata: { labels } }) =>
        selects(matchLabels, labels) &&
        matchExpressions.every(({ key, values }) => values.includes(labels[key]!)),
    );
    expect(services.map(({ metadata }) => metadata.name)).toEqual([
      'shop-challenges-api-metrics',
      'shop-challenges-worker-metrics',
    ]);
    for (const { spec } of services)
      expect(spec.ports.map(({ name }) => name)).toEqual(monitor!.spec.endpoints.map(({ port }) => port));
  });

  it('migrates before anything of a version starts, and leaves nothing of it behind', () => {
    const hooks = manifestsOf(DEFAULTS).filter(({ metadata }) => metadata.annotations?.['helm.sh/hook']);
    const weights = new Map(
      hooks.map(({ kind, metadata }) => [kind, Number(metadata.annotations!['helm.sh/hook-weight'])]),
    );
    expect([...weights.keys()].sort()).toEqual(['Job', 'NetworkPolicy', 'ServiceAccount']);
    expect(weights.get('Job')).toBeGreaterThan(weights.get('ServiceAccount')!);
    expect(weights.get('Job')).toBeGreaterThan(weights.get('NetworkPolicy')!);
    for (const { metadata } of hooks)
      expect(metadata.annotations).toMatchObject({
        'helm.sh/hook': 'pre-install,pre-upgrade',
        'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
      });
  });

  it('lets its pods reach what their processes need, and be reached as little as can be', () => {
    const policies = ofKind<NetworkPolicy>(manifestsOf(DEFAULTS), 'NetworkPolicy');
    const portsOf = (name: string, side: 'ingress' | 'egress'): number[] =>
      policies
        .find(({ metadata }) => metadata.name === name)!
        .spec[side]!.flatMap(({ ports }) => ports.map(({ port }) => port));
    for (const { spec } of policies) expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(
      policies.find(({ metadata }) => metadata.name === 'shop-acs-default-deny')!.spec,
    ).not.toHaveProperty('egress');
    expect(portsOf('shop-acs-api', 'ingress')).toEqual([3000, 9464]);
    expect(portsOf('shop-acs-api', 'egress')).toEqual([53, 53, 5432, 443]);
    expect(portsOf('shop-acs-worker', 'ingress')).toEqual([9464]);
    expect(portsOf('shop-acs-worker', 'egress')).toEqual([53, 53, 5432, 443, 465, 587, 6379]);
    expect(portsOf('shop-acs-migration', 'egress')).toEqual([53, 53, 5432]);
    const metrics = policies
      .flatMap(({ spec }) => spec.ingress ?? [])
      .filter(({ ports }) => ports[0]!.port === 9464);
    expect(metrics.map(({ from }) => from)).toEqual(
      Array(2).fill([
        { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } },
      ]),
    );
  });

  it('scales the API by CPU and workers by the age of the queue, as the worker tells it', () => {
    const [api, worker] = ofKind<Autoscaler>(manifestsOf(EVERYTHING), 'HorizontalPodAutoscaler');
    expect(api!.spec.metrics).toMatchObject([{ resource: { name: 'cpu' } }]);
    const { metric, target } = worker!.spec.metrics[0]!.external!;
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => /metrics\.ts$/.test(name))
      .map((name) => readPage(`src/${name}`).text)
      .join('');
    expect(sources).toContain(`name: '${metric.name}'`);
    expect(target).toEqual({ type: 'Value', value: '5' });
    for (const manifests of everyRendering()) {
      const scaled = ofKind<Autoscaler>(manifests, 'HorizontalPodAutoscaler').map(
        ({ spec }) => spec.scaleTargetRef.name,
      );
      for (const { metadata, spec } of ofKind<Workload>(manifests, 'Deployment'))
        expect([metadata.name, spec.replicas === undefined]).toEqual([
          metadata.name,
          scaled.includes(metadata.name),
        ]);
    }
  });
});
