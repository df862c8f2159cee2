import { join } from 'node:path';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import ts from 'typescript';
import { ROOT } from './image.js';
import type { Manifest } from './manifests.js';

interface Model {
  validate(): void;
}

/** The kinds that the chart may make, each with the module of its schema and type. */
const MODELS: Readonly<Record<string, new (manifest: never) => Model>> = {
  'kubernetes-models/apps/v1/Deployment': Deployment,
  'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'kubernetes-models/batch/v1/Job': Job,
  'kubernetes-models/networking.k8s.io/v1/Ingress': Ingress,
  'kubernetes-models/networking.k8s.io/v1/NetworkPolicy': NetworkPolicy,
  'kubernetes-models/policy/v1/PodDisruptionBudget': PodDisruptionBudget,
  'kubernetes-models/v1/Service': Service,
  'kubernetes-models/v1/ServiceAccount': ServiceAccount,
  '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor': ServiceMonitor,
};

const PACKAGES = /^(?:kubernetes-models|@kubernetes-models\/prometheus-operator)\//;

const moduleOf = ({ apiVersion, kind }: Manifest): string | undefined =>
  Object.keys(MODELS).find((name) => name.replace(PACKAGES, '') === `${apiVersion}/${kind}`);

/** What the schemas of Kubernetes find wrong with manifests. They let unknown fields pass; `unknownFields` does not. */
export function schemaFaults(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) => {
    const place = `${manifest.kind} ${manifest.metadata.name}`;
    const model = MODELS[moduleOf(manifest) ?? ''];
    if (!model) return [`${place}: there is no ${manifest.apiVersion} of this kind`];
    try {
      new model(manifest as never).validate();
      return [];
    } catch (error) {
      return [`${place}: ${(error as Error).message}`];
    }
  });
}

/** Fields that Kubernetes would drop in silence, or refuse: the compiler checks the manifests as literals of their types. */
export function unknownFields(manifests: readonly Manifest[]): string[] {
  const file = join(ROOT, 'test', 'manifests.check.ts');
  const lines = manifests.map((manifest, index) => {
    const type = `import('${moduleOf(manifest)!}').I${manifest.kind}`;
    return `export const m${index}: ${type} = ${JSON.stringify(manifest)};`;
  });
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    types: [],
    lib: ['lib.es2022.d.ts'],
  };
  const host = ts.createCompilerHost(options);
  const source = ts.createSourceFile(file, lines.join('\n'), ts.ScriptTarget.ES2022);
  const onDisk = ts.createCompilerHost(options);
  host.fileExists = (name) => name === file || onDisk.fileExists(name);
  host.getSourceFile = (name, ...how) => (name === file ? source : onDisk.getSourceFile(name, ...how));
  const program = ts.createProgram([file], options, host);
  const faults = [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics()];
  return faults.map(({ messageText, start = 0 }) => {
    const { kind, metadata } = manifests[source.getLineAndCharacterOfPosition(start).line]!;
    return `${kind} ${metadata.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
